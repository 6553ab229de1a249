// serverless.yml can refer to JavaScript alone, and gets from here what the TypeScript beside this file works out.
const { require: requireTypeScript } = require('tsx/cjs/api');

// Nine lines about the age of Node 20, from the SDK inside the framework, before every answer of the framework's own.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

module.exports = (framework) => requireTypeScript('./deployment.ts', __filename).deploymentFor(framework);
