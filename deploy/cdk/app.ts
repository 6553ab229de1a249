// An app with one cluster, to begin with: `npx cdk deploy --app 'npx tsx app.ts'` in a folder with this file, lag-pusher.ts,
// and aws-cdk, aws-cdk-lib, constructs and tsx installed.
import { App, Stack } from 'aws-cdk-lib';
import { LagPusher } from './lag-pusher.ts';

const app = new App();
const stack = new Stack(app, 'rocketmq-lag-pusher');
new LagPusher(stack, 'LagPusher', {
  zip: process.env.LAG_PUSHER_ZIP ?? '../../out/rocketmq-lag-pusher-1.1.0.zip',
  functionName: 'rocketmq-lag-pusher-tick',
  ticks: [{ cluster: 'prod' }],
  ssmPath: '/rocketmq-lag-pusher',
});
app.synth();
