import { openPushgateway, type Pushgateway } from '../../src/pushing/pushgateway.ts';

/** The product's own client of a Pushgateway that asks for no login. */
export function openBenchGateway(url: string): Pushgateway {
  return openPushgateway(
    {
      PUSHGATEWAY_URL: url,
      PUSHGATEWAY_CA: undefined,
      PUSHGATEWAY_USERNAME: undefined,
      PUSHGATEWAY_PASSWORD: undefined,
      PUSHGATEWAY_BEARER_TOKEN: undefined,
      CLUSTER_NAME: 'bench',
      NAMESRV_ADDR: undefined,
      GROUPING: {},
      JOB: 'bench',
      METRICS_PREFIX: 'rocketmq',
    },
    new Set(),
  );
}
