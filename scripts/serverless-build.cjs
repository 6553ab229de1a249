// A plugin of three lines for the framework, so that what it packages or invokes is never an older build.
const { execFileSync } = require('node:child_process');

module.exports = class BuildFirst {
  constructor({ serviceDir }) {
    const build = () => execFileSync('npm', ['run', '--silent', 'build'], { cwd: serviceDir, stdio: ['ignore', 2, 2] });
    this.hooks = { 'before:package:createDeploymentArtifacts': build, 'before:invoke:local:invoke': build };
  }
};
