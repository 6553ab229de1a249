// Works out, for serverless.yml, what deployment.yml asks for: what YAML cannot say, a schedule for each item of a list and
// resources that are there only if wanted.
const { alarms, role, schedules } = require('./deployment-resources.cjs');

const DEFAULTS = { reservedConcurrency: true, memorySizeMB: 512, logRetentionInDays: 30, settings: {}, tags: {} };
const KEYS = ['clusters', 'ssmPath', 'kmsKeyArn', 'vpc', 'alarmTopicArn', ...Object.keys(DEFAULTS)];

/** `npx sls package --param="deployment=other.yml"` reads another file. */
module.exports = async ({ resolveVariable }) => {
  const file = await resolveVariable("param:deployment, 'deployment.yml'");
  const wanted = { ...DEFAULTS, ...withoutNulls(await resolveVariable(`file(${file})`)) };
  const problems = problemsOf(wanted);
  if (problems.length > 0) throw new Error(`${file} needs mending:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);

  const [service, stage, timeout] = await Promise.all(['self:service', 'sls:stage', 'self:provider.timeout'].map(resolveVariable));
  if (stage.length > 20)
    throw new Error(`the stage ${stage} is too long: at most 20 characters, or rules and role run out of room for their names`);
  const ticks = wanted.clusters.flatMap(({ name, shards = 1 }) =>
    shards === 1 ? [{ cluster: name }] : Array.from({ length: shards }, (_, index) => ({ cluster: name, shard: `${index + 1}/${shards}` })),
  );
  const { ssmPath, kmsKeyArn, vpc, alarmTopicArn, clusters } = wanted;
  return {
    environment: {
      ...wanted.settings,
      ...(ssmPath ? { SSM_PATH: ssmPath } : {}),
      // So that an invocation without an event is about the one there is.
      ...(clusters.length === 1 ? { CLUSTER_NAME: wanted.settings.CLUSTER_NAME ?? clusters[0].name } : {}),
    },
    vpc: vpc ?? null,
    reservedConcurrency: wanted.reservedConcurrency ? ticks.length : null,
    memorySizeMB: wanted.memorySizeMB,
    logRetentionInDays: wanted.logRetentionInDays,
    tags: wanted.tags,
    resources: {
      Resources: {
        TickRole: role({ functionName: `${service}-${stage}-tick`, ssmPath, kmsKeyArn, inVpc: vpc !== undefined }),
        ...schedules(ticks, `${service}-${stage}`),
        ...alarms({ timeoutMs: timeout * 1000, topicArn: alarmTopicArn }),
      },
    },
  };
};

/** A key with nothing behind it is a key that is not set. */
const withoutNulls = (object) => Object.fromEntries(Object.entries(object ?? {}).filter(([, value]) => value !== null));

const SEGMENT = /^[\w.-]+$/;
const SECRET = /PASSWORD|TOKEN/;

function problemsOf(wanted) {
  const { clusters, ssmPath, kmsKeyArn, vpc, alarmTopicArn, reservedConcurrency, memorySizeMB, logRetentionInDays, settings, tags } =
    wanted;
  const problems = Object.keys(wanted)
    .filter((key) => !KEYS.includes(key))
    .map((key) => `${key} is not a key; there are ${KEYS.join(', ')}`);
  const expect = (holds, problem) => holds || problems.push(problem);

  const listed = Array.isArray(clusters) && clusters.length > 0 && clusters.every((cluster) => isMap(cluster));
  expect(listed, 'clusters: expected a list of at least one, like "- name: prod"');
  for (const { name, shards = 1, ...rest } of listed ? clusters : []) {
    expect(SEGMENT.test(name), `clusters: ${JSON.stringify(name)} is not a name: expected letters, digits, _, - and .`);
    expect(Number.isInteger(shards) && shards >= 1 && shards <= 99, `clusters: ${name}: shards: expected a whole number from 1 to 99`);
    for (const key of Object.keys(rest)) problems.push(`clusters: ${name}: ${key} is not a key; there are name and shards`);
  }
  const names = listed ? clusters.map(({ name }) => name) : [];
  expect(new Set(names).size === names.length, 'clusters: two have the same name, and would overwrite each other');
  expect(ssmPath === undefined || /^(\/[\w.-]+)+$/.test(ssmPath), 'ssmPath: expected a path like /rocketmq-lag-pusher');
  expect(kmsKeyArn === undefined || /^arn:[^:]+:kms:.+:key\/.+$/.test(kmsKeyArn), 'kmsKeyArn: expected the ARN of a key');
  expect(alarmTopicArn === undefined || /^arn:[^:]+:sns:/.test(alarmTopicArn), 'alarmTopicArn: expected the ARN of an SNS topic');
  const { subnetIds, securityGroupIds } = vpc ?? {};
  expect(
    vpc === undefined || [subnetIds, securityGroupIds].every((ids) => Array.isArray(ids) && ids.length > 0),
    'vpc: expected subnetIds and securityGroupIds, a list each',
  );
  expect(typeof reservedConcurrency === 'boolean', 'reservedConcurrency: expected true or false');
  expect(Number.isInteger(memorySizeMB) && memorySizeMB >= 128, 'memorySizeMB: expected a number of megabytes from 128');
  expect(Number.isInteger(logRetentionInDays), 'logRetentionInDays: expected a number of days');
  expect(isMap(settings) && isMap(tags), 'settings and tags: expected names and values');
  for (const name of Object.keys(settings)) {
    expect(!SECRET.test(name), `settings: ${name} is a secret: put it into SSM, for here it would stand in the template in plain text`);
    expect(!name.startsWith('SSM_PATH'), 'settings: SSM_PATH is given as ssmPath');
  }
  return problems;
}

function isMap(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
