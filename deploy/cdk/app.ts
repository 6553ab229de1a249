// The template that `npm run package` writes, as a stack of the AWS CDK: `npx cdk deploy --app 'npx tsx app.ts'` in a folder
// with this file, and aws-cdk, aws-cdk-lib, constructs and tsx installed.
import { App, Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';

const zip = process.env.LAG_PUSHER_ZIP ?? '../../out/rocketmq-lag-pusher-1.1.0.zip';

const app = new App();
const stack = new Stack(app, 'rocketmq-lag-pusher-cdk');
const code = new Asset(stack, 'Code', { path: zip });
new CfnInclude(stack, 'LagPusher', {
  templateFile: zip.replace(/zip$/, 'template.json'),
  // Further parameters of the template go here.
  parameters: { CodeBucket: code.s3BucketName, CodeKey: code.s3ObjectKey, Tick1: '{"cluster":"prod"}' },
});
app.synth();
