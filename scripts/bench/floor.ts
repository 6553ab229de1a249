import http from 'node:http';

/**
 * The least that a tick can cost in Node: node:http and JSON.parse on the same bytes with the same concurrency, seven
 * sums, the exposition joined from strings by hand, one PUT. Nothing is checked, escaped, counted, retried or bounded.
 * Shaped like the product's handler, so that the same process measures both. With CONCURRENCY 1 it is the sequential
 * collector that a scrape exporter is.
 */
export async function handler(): Promise<{ readMs: number }> {
  const { CONSOLE_URL = '', PUSHGATEWAY_URL = '', CONCURRENCY = '16' } = process.env;
  const startedAt = performance.now();
  const agent = new http.Agent({ keepAlive: true, maxSockets: Number(CONCURRENCY) });
  const list = JSON.parse(await get(`${CONSOLE_URL}/topic/list.query`, agent)) as { data: { topicList: string[] } };
  const topics = list.data.topicList;
  const sums = startSums();
  let next = 0;
  const worker = async () => {
    while (next < topics.length) {
      const topic = topics[next++] ?? '';
      const body = await get(`${CONSOLE_URL}/topic/queryConsumerByTopic.query?topic=${encodeURIComponent(topic)}`, agent);
      sums.add(topic, (JSON.parse(body) as { data: Groups }).data);
    }
  };
  await Promise.all(Array.from({ length: Number(CONCURRENCY) }, worker));
  const exposition = sums.exposition();
  const readMs = performance.now() - startedAt;
  await put(`${PUSHGATEWAY_URL}/metrics/job/floor`, exposition, agent);
  agent.destroy();
  return { readMs };
}

type Groups = Record<
  string,
  {
    queueStatInfoList: { brokerName: string; queueId: number; brokerOffset: number; consumerOffset: number; clientInfo: string }[];
  }
>;

function startSums() {
  const byTopic = new Map<string, number>();
  const byGroup = new Map<string, number>();
  const byBroker = new Map<string, number>();
  const byQueue = new Map<string, number>();
  const byClient = new Map<string, number>();
  const detail: string[] = ['# TYPE rocketmq_msg_diff_detail gauge\n'];
  const byBoth: string[] = ['# TYPE rocketmq_msg_diff_topic_consumergroup gauge\n'];
  const add = (map: Map<string, number>, key: string, value: number) => map.set(key, (map.get(key) ?? 0) + value);
  return {
    add(topic: string, groups: Groups) {
      for (const group in groups) {
        let both = 0;
        for (const row of groups[group]?.queueStatInfoList ?? []) {
          const diff = row.brokerOffset - row.consumerOffset;
          const at = row.clientInfo.indexOf('@');
          const hash = row.clientInfo.indexOf('#', at);
          const client = `consumerClientIP="${row.clientInfo.slice(0, at)}",consumerClientPID="${row.clientInfo.slice(at + 1, hash)}"`;
          both += diff;
          add(byBroker, row.brokerName, diff);
          add(byQueue, `broker="${row.brokerName}",queueId="${row.queueId}"`, diff);
          add(byClient, client, diff);
          detail.push(
            `rocketmq_msg_diff_detail{topic="${topic}",consumerGroup="${group}",broker="${row.brokerName}",queueId="${row.queueId}",${client}} ${diff}\n`,
          );
        }
        add(byTopic, topic, both);
        add(byGroup, group, both);
        byBoth.push(`rocketmq_msg_diff_topic_consumergroup{topic="${topic}",consumerGroup="${group}"} ${both}\n`);
      }
    },
    exposition(): string {
      const parts = [...detail, ...byBoth];
      const write = (name: string, map: Map<string, number>, labels: (key: string) => string) => {
        parts.push(`# TYPE rocketmq_msg_diff_${name} gauge\n`);
        for (const [key, value] of map) parts.push(`rocketmq_msg_diff_${name}{${labels(key)}} ${value}\n`);
      };
      write('topic', byTopic, (key) => `topic="${key}"`);
      write('consumergroup', byGroup, (key) => `consumerGroup="${key}"`);
      write('broker', byBroker, (key) => `broker="${key}"`);
      write('queue', byQueue, (key) => key);
      write('clientinfo', byClient, (key) => key);
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

function put(url: string, body: string, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method: 'PUT' }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`the Pushgateway answered ${response.statusCode}`)),
      );
    });
    request.on('error', reject).end(body);
  });
}
