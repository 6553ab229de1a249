/** After a name server's restart brokers register one by one; after so long a broker that is not back is gone. */
const MISSED_FOR_MS = 5 * 60_000;

/**
 * Brokers that a tick of the last minutes saw in the cluster's list and this one does not: by name, in order. Until they
 * are back, what they hold is in no number, and no other sign tells it. `seenAt` is when each was last seen, epoch ms; it
 * is brought up to date.
 */
export function missingBrokers(seenAt: Map<string, number>, present: readonly string[], now: number): string[] {
  for (const broker of present) seenAt.set(broker, now);
  const missing: string[] = [];
  for (const [broker, at] of seenAt) {
    // A time that is yet to come says nothing: the clock was set back.
    if (at > now || now - at >= MISSED_FOR_MS) seenAt.delete(broker);
    else if (at < now) missing.push(broker);
  }
  return missing.sort();
}
