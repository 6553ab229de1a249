// Starts a script of ours as on any machine: without what Node itself takes from the host's environment when it starts
// (options, a proxy for every request, certificates unchecked). The rest of it the script leaves by itself.
import { spawn } from 'node:child_process';

// npm behind a company's proxy needs its certificates to fetch what is missing.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^NODE_(?!EXTRA_CA_CERTS$)/.test(name)));
const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...process.argv.slice(2)], { stdio: 'inherit', env });
// A terminal interrupts both; the child ends in its own way.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill());
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
