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
  const ask = async <T>(path: string) => (JSON.parse(await request('GET', CONSOLE_URL + path, agent)) as { data: T }).data;
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
  await request('PUT', `${PUSHGATEWAY_URL}/metrics/job/floor`, agent, sums.exposition());
  // The tick pushes its health as well, and the Pushgateway checks all that it has at each push.
  await request(
    'POST',
    `${PUSHGATEWAY_URL}/metrics/job/floor-tick`,
    agent,
    '# TYPE rocketmq_tick_success gauge\nrocketmq_tick_success 1\n',
  );
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

function startSums({ brokerServer }: Cluster) {
  const now = Date.now();
  const byGroup = new Map<string, number>();
  const byBroker = new Map<string, number>();
  const byQueue = new Map<string, number>();
  const byClient = new Map<string, number>();
  const add = (sums: Map<string, number>, labels: string, value: number) => sums.set(labels, (sums.get(labels) ?? 0) + value);
  const brokers = Object.entries(brokerServer).map(([broker, runtimes]) => ({ broker, runtime: runtimes[0] ?? {} }));
  const earliest = new Map(brokers.map(({ broker, runtime }) => [broker, Number(runtime.earliestMessageTimeStamp)]));
  const families = new Map<string, string[]>();
  function write(name: string, labels: string, value: number | string | undefined): void {
    const lines = families.get(name) ?? [`# TYPE rocketmq_${name} gauge\n`];
    families.set(name, lines);
    lines.push(`rocketmq_${name}{${labels}} ${value}\n`);
  }
  return {
    add(topic: string, groups: Groups) {
      let ofTopic = 0;
      for (const group in groups) {
        const labels = `topic="${topic}",consumerGroup="${group}"`;
        const rows = groups[group]?.queueStatInfoList ?? [];
        const clients = new Set<string>();
        let backlog = 0;
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
          backlog += diff;
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
          write('msg_diff_detail', `${labels},${queue},${client}`, diff);
        }
        ofTopic += backlog;
        add(byGroup, group, backlog);
        write('msg_diff_topic_consumergroup', labels, backlog);
        write('msg_diff_unassigned', labels, 0);
        write('msg_diff_delay_seconds', labels, oldest === Infinity ? 0 : (now - oldest) / 1000);
        write('msg_diff_consumer_offset', labels, consumerOffset);
        write('msg_diff_broker_offset', labels, brokerOffset);
        write('msg_diff_queues', labels, rows.length);
        write('msg_diff_processes', labels, clients.size);
        if (margin !== Infinity) write('msg_diff_retention_margin_seconds', labels, margin / 1000);
      }
      write('msg_diff_topic', `topic="${topic}"`, ofTopic);
      write('msg_diff_topic_readable', `topic="${topic}"`, 1);
    },
    exposition(): string {
      for (const [group, sum] of byGroup) write('msg_diff_consumergroup', `consumerGroup="${group}"`, sum);
      for (const [broker, sum] of byBroker) write('msg_diff_broker', `broker="${broker}"`, sum);
      for (const [queue, sum] of byQueue) write('msg_diff_queue', queue, sum);
      for (const [client, sum] of byClient) write('msg_diff_clientinfo', client, sum);
      for (const { broker, runtime } of brokers) {
        const labels = `broker="${broker}"`;
        const [delivered = 0, max = 0] = (runtime.scheduleMessageOffset_3 ?? '').split(',').map(Number);
        write('broker_earliest_message_timestamp_seconds', labels, Number(runtime.earliestMessageTimeStamp) / 1000);
        write('broker_disk_used_ratio', labels, runtime.commitLogDiskRatio);
        write('broker_delayed_messages', `${labels},level="3"`, max - delivered);
        write('broker_info', `${labels},version="${runtime.brokerVersionDesc}"`, 1);
      }
      return Array.from(families.values(), (lines) => lines.join('')).join('');
    },
  };
}

/** What is answered, as text. A body is sent compressed. */
function request(method: string, url: string, agent: http.Agent, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Encoding': 'gzip' };
    const sent = http.request(url, { agent, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${url} answered ${response.statusCode}`))));
    });
    sent.on('error', reject).end(body === undefined ? undefined : gzipSync(body, { level: 1 }));
  });
}
