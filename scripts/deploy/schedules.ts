import { createHash } from 'node:crypto';
import { arnOf, here, type Resource, type Resources, ref } from './cloudformation.ts';

/** One tick a minute: the event that it gets. */
export interface ScheduledTick {
  readonly cluster: string;
  /** `2/5`; none where one tick reads the whole cluster. */
  readonly shard?: string;
}

/**
 * A rule for each tick, and one permission for all: the framework's own `schedule` events bring one each, and a function's
 * policy holds some fifty. Rules rather than EventBridge Scheduler, whose schedules need a role that may invoke the function.
 */
export function schedules(ticks: readonly ScheduledTick[], functionId: string, stackName: string): Resources {
  const rules = ticks.map((tick): [string, Resource] => {
    const { cluster, shard } = tick;
    const id = `TickSchedule${alphanumeric(cluster)}${shard ? `Shard${shard.replace('/', 'Of')}` : ''}`;
    const Name = ruleName(`${stackName}-${id}`);
    const Description = `A tick a minute for ${cluster}${shard ? `, shard ${shard}` : ''}`;
    return [id, { Type: 'AWS::Events::Rule', Properties: { Name, Description, ...everyMinute(functionId, JSON.stringify(tick)) } }];
  });
  // All rules above, by their names.
  const permission = mayInvoke(functionId, here('events', `rule/${stackName}-TickSchedule*`));
  return { ...Object.fromEntries(rules), TickSchedulePermission: permission };
}

/** What every rule has, whatever it is called. `input` is the event, as JSON text or as CloudFormation comes by it. */
export function everyMinute(functionId: string, input: unknown): Resource['Properties'] {
  return {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [
      {
        Id: 'tick',
        Arn: arnOf(functionId),
        Input: input,
        // EventBridge's own, until Lambda has the event: 24 hours and 185 tries unless told otherwise.
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      },
    ],
  };
}

/** That EventBridge may start the function, for these rules of this account. */
export function mayInvoke(functionId: string, rules: unknown): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: arnOf(functionId),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: rules,
      SourceAccount: ref('AWS::AccountId'),
    },
  };
}

const MAX_RULE_NAME = 64;

/** Named by us: CloudFormation would cut the stack's name short to make room, and the permission would not fit any more. */
function ruleName(name: string): string {
  if (name.length <= MAX_RULE_NAME) return name;
  return `${name.slice(0, MAX_RULE_NAME - 9)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** One to one: no two names share an id. */
const alphanumeric = (name: string) => name.replace(/[^a-zA-Y0-9]/g, (character) => `Z${character.charCodeAt(0).toString(16)}`);
