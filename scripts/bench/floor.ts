import http from 'node:http';
import { gzipSync } from 'node:zlib';

/**
 * The least that a tick can cost in Node: node:http and JSON.parse on the same bytes with the same concurrency, every sum
 * that the tick pushes, its exposition joined from strings by hand, compressed, two pushes. Nothing is checked, escaped,
 * counted, retried or bounded. Shaped like the product's handler, so that the same process measures both. With
 * CONCURRENCY 1 it is the sequential collector that a scrape exporter is.
 */
export async function handler(): Promise<void> {
  const { CONSOLE_URL = '', PUSHGATEWAY_URL = '', CONCURRENCY = '16' } = process.env;
  const agent = new http.Agent({ keepAlive: true, maxSockets: Number(CONCURRENCY) });
  const ask = async <T>(path: string) => (JSON.parse(await get(CONSOLE_URL + path, agent)) as { data: T }).data;
  const [{ topicList }, cluster] = await Promise.all([
    ask<{ topicList: string[] }>('/topic/list.query'),
    ask<Cluster>('/cluster/list.query'),
  ]);
  const sums = startSums(cluster);
  let next = 0;
  const worker = async () => {
    while (next < topicList.length) {
      const topic = topicList[next++] ?? '';
      sums.add(topic, await ask<Groups>(`/topic/queryConsumerByTopic.query?topic=${encodeURIComponent(topic)}`));
    }
  };
  await Promise.all(Array.from({ length: Number(CONCURRENCY) }, worker));
  await push('PUT', `${PUSHGATEWAY_URL}/metrics/job/floor`, sums.exposition(), agent);
  // The tick pushes its health as well, and the Pushgateway checks all that it has at each push.
  await push('POST', `${PUSHGATEWAY_URL}/metrics/job/floor-tick`, '# TYPE rocketmq_tick_success gauge\nrocketmq_tick_success 1\n', agent);
  agent.destroy();
}

interface Cluster {
  brokerServer: Record<string, Record<string, Record<string, string>>>;
}

interface Row {
  brokerName: string;
  queueId: number;
  brokerOffset: number;
  consumerOffset: number;
  clientInfo: string;
  lastTimestamp: number;
}

type Groups = Record<string, { queueStatInfoList: Row[] }>;

/** Metrics of one group on one topic, in the order in which the tick pushes them. */
const PER_GROUP = [
  'topic_consumergroup',
  'unassigned',
  'delay_seconds',
  'consumer_offset',
  'broker_offset',
  'queues',
  'processes',
  'retention_margin_seconds',
] as const;

function startSums({ brokerServer }: Cluster) {
  const now = Date.now();
  const byTopic = new Map<string, number>();
  const byGroup = new Map<string, number>();
  const byBroker = new Map<string, number>();
  const byQueue = new Map<string, number>();
  const byClient = new Map<string, number>();
  const detail: string[] = [];
  const perGroup = new Map<string, string[]>(PER_GROUP.map((name) => [name, []]));
  const add = (map: Map<string, number>, key: string, value: number) => map.set(key, (map.get(key) ?? 0) + value);
  const earliest = new Map(
    Object.entries(brokerServer).map(([broker, runtimes]) => [broker, Number(runtimes[0]?.earliestMessageTimeStamp)]),
  );
  return {
    add(topic: string, groups: Groups) {
      for (const group in groups) {
        const labels = `topic="${topic}",consumerGroup="${group}"`;
        const rows = groups[group]?.queueStatInfoList ?? [];
        const clients = new Set<string>();
        let both = 0;
        let consumerOffset = 0;
        let brokerOffset = 0;
        let oldest = Infinity;
        let margin = Infinity;
        for (const row of rows) {
          const diff = row.brokerOffset - row.consumerOffset;
          const at = row.clientInfo.indexOf('@');
          const hash = row.clientInfo.indexOf('#', at);
          const client = `consumerClientIP="${row.clientInfo.slice(0, at)}",consumerClientPID="${row.clientInfo.slice(at + 1, hash)}"`;
          const queue = `broker="${row.brokerName}",queueId="${row.queueId}"`;
          both += diff;
          consumerOffset += row.consumerOffset;
          brokerOffset += row.brokerOffset;
          clients.add(client);
          if (diff > 0) {
            oldest = Math.min(oldest, row.lastTimestamp);
            margin = Math.min(margin, row.lastTimestamp - (earliest.get(row.brokerName) ?? 0));
          }
          add(byBroker, row.brokerName, diff);
          add(byQueue, queue, diff);
          add(byClient, client, diff);
          detail.push(`rocketmq_msg_diff_detail{${labels},${queue},${client}} ${diff}\n`);
        }
        add(byTopic, topic, both);
        add(byGroup, group, both);
        const delay = oldest === Infinity ? 0 : (now - oldest) / 1000;
        for (const [name, value] of [
          ['topic_consumergroup', both],
          ['unassigned', 0],
          ['delay_seconds', delay],
          ['consumer_offset', consumerOffset],
          ['broker_offset', brokerOffset],
          ['queues', rows.length],
          ['processes', clients.size],
          ['retention_margin_seconds', margin === Infinity ? undefined : margin / 1000],
        ] as const)
          if (value !== undefined) perGroup.get(name)?.push(`rocketmq_msg_diff_${name}{${labels}} ${value}\n`);
      }
    },
    exposition(): string {
      const parts: string[] = [];
      const write = (name: string, lines: Iterable<string>) => {
        parts.push(`# TYPE rocketmq_${name} gauge\n`);
        for (const line of lines) parts.push(line);
      };
      const writeSums = (name: string, sums: Map<string, number>, labels: (key: string) => string) =>
        write(
          name,
          Array.from(sums, ([key, value]) => `rocketmq_${name}{${labels(key)}} ${value}\n`),
        );
      writeSums('msg_diff_topic', byTopic, (topic) => `topic="${topic}"`);
      writeSums('msg_diff_consumergroup', byGroup, (group) => `consumerGroup="${group}"`);
      for (const [name, lines] of perGroup) write(`msg_diff_${name}`, lines);
      writeSums('msg_diff_broker', byBroker, (broker) => `broker="${broker}"`);
      writeSums('msg_diff_queue', byQueue, (queue) => queue);
      writeSums('msg_diff_clientinfo', byClient, (client) => client);
      writeSums('msg_diff_topic_readable', new Map(Array.from(byTopic.keys(), (topic) => [topic, 1])), (topic) => `topic="${topic}"`);
      const writeBrokers = (name: string, sample: (runtime: Record<string, string>) => string) =>
        write(
          name,
          Object.entries(brokerServer).map(([broker, runtimes]) => `rocketmq_${name}{broker="${broker}"${sample(runtimes[0] ?? {})}\n`),
        );
      writeBrokers('broker_earliest_message_timestamp_seconds', (runtime) => `} ${Number(runtime.earliestMessageTimeStamp) / 1000}`);
      writeBrokers('broker_disk_used_ratio', (runtime) => `} ${runtime.commitLogDiskRatio}`);
      writeBrokers('broker_delayed_messages', (runtime) => {
        const [delivered = 0, max = 0] = (runtime.scheduleMessageOffset_3 ?? '').split(',').map(Number);
        return `,level="3"} ${max - delivered}`;
      });
      writeBrokers('broker_info', (runtime) => `,version="${runtime.brokerVersionDesc}"} 1`);
      write('msg_diff_detail', detail);
      return parts.join('');
    },
  };
}

function get(url: string, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve(body));
      })
      .on('error', reject);
  });
}

function push(method: 'PUT' | 'POST', url: string, text: string, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers: { 'Content-Encoding': 'gzip' } }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`the Pushgateway answered ${response.statusCode}`)),
      );
    });
    request.on('error', reject).end(gzipSync(text, { level: 1 }));
  });
}
