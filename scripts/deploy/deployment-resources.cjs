// The CloudFormation resources beside the function itself.

const { createHash } = require('node:crypto');

const FUNCTION = 'TickLambdaFunction';
const arn = (rest) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:${rest}` });
const here = (service, rest) => arn(`${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);

const ssmUnder = (domain) => ({ 'Fn::Sub': `ssm.\${AWS::Region}.${domain}` });

/** What the tick may do, and nothing besides: its log, its parameters, their key, a network interface. */
exports.role = ({ functionName, ssmPath, kmsKeyArn, inVpc }) => {
  const statements = [
    {
      Sid: 'WriteOwnLog',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      // Streams are named by Lambda, a new one for each process.
      Resource: [here('logs', `log-group:/aws/lambda/${functionName}:log-stream:*`)],
    },
  ];
  if (ssmPath) {
    statements.push({
      Sid: 'ReadOwnParameters',
      Effect: 'Allow',
      Action: ['ssm:GetParametersByPath'],
      Resource: [here('ssm', `parameter${ssmPath}`), here('ssm', `parameter${ssmPath}/*`)],
    });
  }
  if (ssmPath && kmsKeyArn) {
    statements.push({
      Sid: 'DecryptOwnParameters',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: [kmsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': ['amazonaws.com', `\${AWS::URLSuffix}`].map(ssmUnder) } },
    });
  }
  if (inVpc) {
    // Lambda itself joins the VPC with these, and knows no interface before it has made it. The code may not use them.
    const actions = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];
    statements.push(
      { Sid: 'JoinVpc', Effect: 'Allow', Action: actions, Resource: ['*'] },
      {
        Sid: 'JoinVpcByLambdaOnly',
        Effect: 'Deny',
        Action: actions,
        Resource: ['*'],
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': here('lambda', `function:${functionName}`) } },
      },
    );
  }
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      Policies: [{ PolicyName: 'tick', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  };
};

/**
 * A rule for each tick, and one permission for all: the framework's own `schedule` events bring one each, and a function's
 * policy holds some fifty. Rules rather than EventBridge Scheduler, whose schedules need a role that may invoke the function.
 */
exports.schedules = (ticks, stackName) => {
  const rules = ticks.map(({ cluster, shard }) => {
    const id = `TickSchedule${alphanumeric(cluster)}${shard ? `Shard${shard.replace('/', 'Of')}` : ''}`;
    return [
      id,
      {
        Type: 'AWS::Events::Rule',
        Properties: {
          Name: ruleName(`${stackName}-${id}`),
          Description: `A tick a minute for ${cluster}${shard ? `, shard ${shard}` : ''}`,
          ScheduleExpression: 'rate(1 minute)',
          State: 'ENABLED',
          Targets: [
            {
              Id: 'tick',
              Arn: { 'Fn::GetAtt': [FUNCTION, 'Arn'] },
              Input: JSON.stringify({ cluster, ...(shard ? { shard } : {}) }),
              // EventBridge's own, until Lambda has the event: 24 hours and 185 tries unless told otherwise.
              RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
            },
          ],
        },
      },
    ];
  });
  const permission = {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { 'Fn::GetAtt': [FUNCTION, 'Arn'] },
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      // All rules above, by their names.
      SourceArn: here('events', `rule/${stackName}-TickSchedule*`),
      SourceAccount: { Ref: 'AWS::AccountId' },
    },
  };
  return { ...Object.fromEntries(rules), TickSchedulePermission: permission };
};

const MAX_RULE_NAME = 64;

/** Named by us: CloudFormation would cut the stack's name short to make room, and the permission would not fit any more. */
function ruleName(name) {
  if (name.length <= MAX_RULE_NAME) return name;
  return `${name.slice(0, MAX_RULE_NAME - 9)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** One to one: no two names share an id. */
const alphanumeric = (name) => name.replace(/[^a-zA-Y0-9]/g, (character) => `Z${character.charCodeAt(0).toString(16)}`);

const MINUTE_S = 60;
/** A tick that its deadline cuts short stops reading ten seconds before the timeout. */
const NEAR_TIMEOUT = 0.8;

/** What still speaks when the Pushgateway, Prometheus or the schedule does not. */
exports.alarms = ({ timeoutMs, topicArn }) => {
  const alarm = (what, properties) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: what,
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: FUNCTION } }],
      Statistic: 'Sum',
      Period: MINUTE_S,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...(topicArn ? { AlarmActions: [topicArn], OKActions: [topicArn] } : {}),
      ...properties,
    },
  });
  return {
    TickErrorsAlarm: alarm('Ticks fail: their log says why', { MetricName: 'Errors' }),
    TickThrottlesAlarm: alarm('Ticks are not started: others still run, or the account is at its limit', { MetricName: 'Throttles' }),
    TickDurationAlarm: alarm('Ticks take nearly all their time: shard the cluster, or look at its console', {
      MetricName: 'Duration',
      Statistic: 'Maximum',
      Threshold: timeoutMs * NEAR_TIMEOUT,
    }),
    TickSilenceAlarm: alarm('No tick was started for five minutes', {
      MetricName: 'Invocations',
      DatapointsToAlarm: 5,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    }),
  };
};
