import type { AlertCase, Series } from './promtool.ts';

/** How the labels of what was pushed look in the Prometheus of somebody, beside `honor_labels: true`. */
export const SHAPES: Readonly<Record<string, (one: AlertCase) => AlertCase>> = {
  'scraped without honor_labels': (one) => shaped(one, notHonoured),
  'in Kubernetes, where the pod of the Pushgateway is replaced': (one) => {
    const firing = Object.entries(one.at).filter(([, alerts]) => alerts.length > 0);
    const replacedAt = Math.max(1, Math.min(...firing.map(([minute]) => Number(minute))) - 2);
    const last = Math.max(...Object.keys(one.at).map(Number));
    // Numbers that fall are up to 4 minutes late then: the old pod's are bridged.
    const at = Object.entries(one.at).filter(
      ([minute, alerts]) => alerts.length > 0 || Number(minute) < replacedAt || Number(minute) > replacedAt + 10,
    );
    return shaped({ ...one, at: Object.fromEntries(at) }, (selector, values) => {
      const inPod = (pod: string) =>
        withLabels(notHonoured(selector), {
          container: 'pushgateway',
          endpoint: 'http',
          namespace: 'monitoring',
          service: 'pushgateway',
          pod,
        });
      const samples = expand(values.replace(/x1500$/, `x${last}`));
      return {
        [inPod('pg-1')]: [...samples.slice(0, replacedAt), 'stale'].join(' '),
        [inPod('pg-2')]: [...samples.slice(0, replacedAt).map(() => '_'), ...samples.slice(replacedAt)].join(' '),
      };
    });
  },
  'from two replicas behind a ruler': (one) =>
    shaped(one, (selector, values) =>
      Object.fromEntries(
        ['a', 'b'].map((replica) => [withLabels(selector, { prometheus: 'monitoring/k8s', prometheus_replica: replica }), values]),
      ),
    ),
  'of two clusters of one name in two regions': (one) => {
    const { series, ...rest } = shaped(one, (selector, values) =>
      isPushed(selector)
        ? Object.fromEntries(['eu', 'us'].map((region) => [withLabels(selector, { region }), values]))
        : { [selector]: values },
    );
    const twice = (alert: string) => (OF_NO_CLUSTER.includes(alert) ? [alert] : [alert, alert]);
    return { ...rest, series, at: Object.fromEntries(Object.entries(one.at).map(([minute, alerts]) => [minute, alerts.flatMap(twice)])) };
  },
};

const OF_NO_CLUSTER = ['PushgatewayDown', 'PushMalformed', 'ThresholdsMissing'];
const isPushed = (selector: string) => /job="rocketmq-monitor/.test(selector);
const isScraped = (selector: string) => selector.includes('job="');

function shaped(one: AlertCase, shape: (selector: string, values: string) => Series | string): AlertCase {
  // What every case has of the Pushgateway itself stays, so that cases can share a Prometheus.
  const isAboutGateway = Object.values(one.at)
    .flat()
    .some((alert) => OF_NO_CLUSTER.includes(alert));
  const { says: _exactLabels, ...rest } = one;
  return {
    ...rest,
    series: Object.assign(
      {},
      ...Object.entries(one.series).map(([selector, values]) => {
        if (!(isAboutGateway ? isScraped(selector) : isPushed(selector))) return { [selector]: values };
        const after = shape(selector, values);
        return typeof after === 'string' ? { [after]: values } : after;
      }),
    ),
  };
}

const notHonoured = (selector: string) =>
  isPushed(selector)
    ? selector.replace(/instance="",/, '').replace(/\bjob="([^"]*)"/, 'exported_job="$1",job="pushgateway",instance="pg:9091"')
    : selector;

const withLabels = (selector: string, labels: Readonly<Record<string, string>>) =>
  selector.replace(
    '}',
    `${Object.entries(labels)
      .map(([name, value]) => `,${name}="${value}"`)
      .join('')}}`,
  );

/** Each sample of promtool's notation. */
function expand(values: string): string[] {
  return values.split(' ').flatMap((token) => {
    const [, blank, blanks] = /^(_)x(\d+)$/.exec(token) ?? [];
    if (blank !== undefined) return Array.from({ length: Number(blanks) }, () => '_');
    const [, start, step = '0', times] = /^(-?[\d.]+)([+-][\d.]+)?x(\d+)$/.exec(token) ?? [];
    if (start === undefined) return [token];
    return Array.from({ length: Number(times) + 1 }, (_, index) => String(Number(start) + index * Number(step)));
  });
}
