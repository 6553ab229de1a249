// A plugin for the framework. What it packages or invokes is never an older build; and what it invokes on this machine has
// its settings from the shell, where they are set there: a dry run needs no AWS credentials.
const { execFileSync } = require('node:child_process');

module.exports = class BuildFirst {
  constructor({ serviceDir, service, processedInput }) {
    // Not `npm run build`, which installs what is missing: under the running framework, that would take its own files away.
    const build = () =>
      execFileSync(process.execPath, ['--import', 'tsx', 'scripts/package/build.ts'], { cwd: serviceDir, stdio: ['ignore', 2, 2] });
    const preferShell = () => {
      if (processedInput.commands.join(' ') !== 'invoke local') return;
      const { environment } = service.provider;
      for (const name of Object.keys(environment)) if (process.env[name] !== undefined) environment[name] = process.env[name];
      if (process.env.SSM_PATH === undefined) delete environment.SSM_PATH;
    };
    this.hooks = {
      initialize: preferShell,
      'before:package:createDeploymentArtifacts': build,
      'before:invoke:local:invoke': build,
    };
  }
};
