import { alarms } from './alarms.ts';
import type { Resources } from './cloudformation.ts';
import { ticksOf } from './clusters.ts';
import type { Deployment } from './deployment-file.ts';
import { decryptOwnParameters, joinVpc, readOwnParameters, role, writeOwnLog } from './role.ts';
import { schedules } from './schedules.ts';

/** What serverless.yml refers to as `custom.deployment`. */
export interface WorkedOut {
  readonly environment: Readonly<Record<string, string>>;
  readonly vpc: Deployment['vpc'] | null;
  readonly reservedConcurrency: number | null;
  readonly memorySizeMB: number;
  readonly logRetentionInDays: number;
  readonly tags: Deployment['tags'];
  readonly resources: { readonly Resources: Resources; readonly extensions: object };
}

/** As the framework names the function `tick`. */
const FUNCTION = 'TickLambdaFunction';

/** JSON lines of Lambda's own, under the same keys as ours. Which of ours there are is left to LOG_LEVEL. */
export const LOGGING = { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'INFO' };

/** What `deployment` comes to in the stack of this name: what YAML cannot say, and the resources that are there only if wanted. */
export function workOut(deployment: Deployment, { stackName, timeoutS }: { stackName: string; timeoutS: number }): WorkedOut {
  const { clusters, ssmPath, kmsKeyArn, vpc, alarmTopicArn, permissionsBoundaryArn, rolePath, logKmsKeyArn } = deployment;
  const ticks = ticksOf(clusters);
  const functionName = `${stackName}-tick`;
  const statements = [
    writeOwnLog(functionName),
    ...(ssmPath ? [readOwnParameters(ssmPath)] : []),
    ...(ssmPath && kmsKeyArn ? [decryptOwnParameters(kmsKeyArn)] : []),
    ...(vpc ? joinVpc(functionName) : []),
  ];
  return {
    environment: environmentOf(deployment),
    vpc: vpc ?? null,
    reservedConcurrency: deployment.reservedConcurrency ? ticks.length : null,
    memorySizeMB: deployment.memorySizeMB,
    logRetentionInDays: deployment.logRetentionInDays,
    tags: deployment.tags,
    resources: {
      Resources: {
        TickRole: role(statements, {
          ...(rolePath ? { Path: rolePath } : {}),
          ...(permissionsBoundaryArn ? { PermissionsBoundary: permissionsBoundaryArn } : {}),
        }),
        ...schedules(ticks, FUNCTION, stackName),
        ...alarms(FUNCTION, timeoutS, alarmTopicArn ? { AlarmActions: [alarmTopicArn], OKActions: [alarmTopicArn] } : {}),
      },
      // Of resources that the framework makes, and in all its versions.
      extensions: {
        [FUNCTION]: { Properties: { LoggingConfig: LOGGING } },
        ...(logKmsKeyArn ? { TickLogGroup: { Properties: { KmsKeyId: logKmsKeyArn } } } : {}),
      },
    },
  };
}

function environmentOf({ settings, ssmPath, clusters }: Deployment): Record<string, string> {
  const texts = Object.entries(settings).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  const [only, ...others] = clusters;
  return {
    // So that an invocation without an event is about the one there is.
    ...(only !== undefined && others.length === 0 ? { CLUSTER_NAME: only.name } : {}),
    ...Object.fromEntries(texts),
    ...(ssmPath ? { SSM_PATH: ssmPath } : {}),
  };
}
