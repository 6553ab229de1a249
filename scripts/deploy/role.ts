import { here, type Resource, sub } from './cloudformation.ts';

/** A statement of an IAM policy. Names in it may be CloudFormation's `${…}`: they stand where it fills them in. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

export function writeOwnLog(functionName: string): Statement {
  return {
    Sid: 'WriteOwnLog',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    // Streams are named by Lambda, a new one for each process.
    Resource: [here('logs', `log-group:/aws/lambda/${functionName}:log-stream:*`)],
  };
}

export function readOwnParameters(ssmPath: string): Statement {
  return {
    Sid: 'ReadOwnParameters',
    Effect: 'Allow',
    Action: ['ssm:GetParametersByPath'],
    Resource: [here('ssm', `parameter${ssmPath}`), here('ssm', `parameter${ssmPath}/*`)],
  };
}

export function decryptOwnParameters(kmsKeyArn: unknown): Statement {
  const ssmUnder = (domain: string) => sub(`ssm.\${AWS::Region}.${domain}`);
  return {
    Sid: 'DecryptOwnParameters',
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: [kmsKeyArn],
    Condition: { StringEquals: { 'kms:ViaService': ['amazonaws.com', `\${AWS::URLSuffix}`].map(ssmUnder) } },
  };
}

const INTERFACES = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];

/** Lambda itself joins the VPC with these, and knows no interface before it has made it. The code may not use them. */
export function joinVpc(functionName: string): [allow: Statement, deny: Statement] {
  const interfaces = { Action: INTERFACES, Resource: ['*'] };
  return [
    { Sid: 'JoinVpc', Effect: 'Allow', ...interfaces },
    {
      Sid: 'JoinVpcByLambdaOnly',
      Effect: 'Deny',
      ...interfaces,
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': here('lambda', `function:${functionName}`) } },
    },
  ];
}

/** The role of a tick, which may do what these statements say and nothing besides; `properties` are further ones of the role. */
export function role(statements: readonly unknown[], properties: Record<string, unknown> = {}): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      ...properties,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      Policies: [{ PolicyName: 'tick', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  };
}
