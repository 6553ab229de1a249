// A plugin for the framework. What deployment.yml lacks is refused in one message. What is packaged or invoked is never an
// older build; and what is invoked on this machine has its settings from the shell, where they are set there: a dry run
// needs no AWS credentials.
const { execFileSync } = require('node:child_process');

module.exports = class LagPusherPlugin {
  constructor({ serviceDir, service, processedInput, classes }) {
    const { isHelpRequest, commands, options } = processedInput;
    const isLocal = commands.join(' ') === 'invoke local';
    const region = options.region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
    // A guess would deploy somewhere. Without SSM a tick on this machine asks AWS for nothing, and only the framework wants a region.
    if (!region && !isHelpRequest && !(isLocal && !process.env.SSM_PATH)) throw new classes.Error(WHICH_REGION);
    service.provider.region = region || 'us-east-1';
    // Not `npm run build`, which installs what is missing: under the running framework, that would take its own files away.
    const build = () =>
      execFileSync(process.execPath, ['--import', 'tsx', 'scripts/package/build.ts'], { cwd: serviceDir, stdio: ['ignore', 2, 2] });
    this.hooks = {
      initialize: () => {
        const { refusal } = service.custom.deployment;
        if (refusal) throw new classes.Error(refusal);
        if (!isLocal) return;
        const { environment } = service.provider;
        for (const name of Object.keys(environment)) if (process.env[name] !== undefined) environment[name] = process.env[name];
        if (process.env.SSM_PATH === undefined) delete environment.SSM_PATH;
      },
      'before:package:createDeploymentArtifacts': build,
      'before:invoke:local:invoke': build,
    };
  }
};

const WHICH_REGION = 'which region? Say it by --region, or set AWS_REGION or AWS_DEFAULT_REGION; that of an AWS profile is not looked at';
