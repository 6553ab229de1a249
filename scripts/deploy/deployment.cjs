// Answers serverless.yml, which can refer to JavaScript alone, with what the TypeScript beside this file works out.
const { existsSync, readFileSync } = require('node:fs');
const { require: requireTypeScript } = require('tsx/cjs/api');
const { parse } = require('yaml');

// Nine lines about the age of Node 20, from the SDK inside the framework, before every answer of the framework's own.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const PARAMETERS = ['deployment'];

/** What is worked out; where something is to be refused, `refusal` says why, and the plugin refuses: from here, the framework would add its own words. */
module.exports = async ({ options, resolveVariable }) => {
  const { readDeployment } = requireTypeScript('./deployment-file.ts', __filename);
  const { workOut } = requireTypeScript('./deployment.ts', __filename);

  const stage = await resolveVariable('sls:stage');
  const named = await resolveVariable("param:deployment, ''");
  const [service, timeoutS] = await Promise.all(['self:service', 'self:provider.timeout'].map(resolveVariable));

  const file = named || [`deployment.${stage}.yml`, 'deployment.yml'].find((name) => existsSync(name)) || 'deployment.yml';
  const refused = (...problems) => ({
    ...NOTHING,
    refusal: `${file} is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  });

  const unknown = (options.param ?? []).map((parameter) => parameter.split('=', 1)[0]).filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0)
    return {
      ...NOTHING,
      refusal: `--param: ${unknown.join(', ')} is not a parameter: there is ${PARAMETERS.join(', ')}, the file to read instead of deployment.yml`,
    };
  if (stage.length > 20)
    return {
      ...NOTHING,
      refusal: `the stage ${stage} is too long: at most 20 characters, or rules and role run out of room for their names`,
    };
  if (!existsSync(file)) return refused('there is no such file');
  try {
    if (parse(readFileSync(file, 'utf8')) === null) return refused('it is empty: expected clusters at least');
  } catch (error) {
    return refused(`it is not YAML: ${error.message.split('\n', 1)[0].replace(/:$/, '')}`);
  }
  // By the framework, for variables of its own may be in it.
  const read = readDeployment(await resolveVariable(`file(${file})`));
  return 'problems' in read ? refused(...read.problems) : workOut(read.deployment, { stackName: `${service}-${stage}`, timeoutS });
};

/** What serverless.yml can be read with. */
const NOTHING = {
  environment: {},
  vpc: null,
  reservedConcurrency: null,
  memorySizeMB: 128,
  logRetentionInDays: 1,
  tags: {},
  resources: {},
};
