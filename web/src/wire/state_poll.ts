// What the server says of the camera, by plain requests, where no WebSocket passes: `state.json`, asked again and again.
//
//   ask ──camera──► opened(), messages ──2 s──► ask        no answer ──► ended('gone') ──0.4 s──► ask
//                                                          refused ────► ended(why) ──5 s, 10 s …──► ask

import { askServer, stateAddress } from './ask';
import type { ClockSync } from './clock';
import { clientNowUs } from './clock';
import type { ServerMessage } from './message';
import { retryDelayMs, type LinkEnd } from './retry';

const EVERY_MS = 2000;
const ANSWER_LIMIT_MS = 5000;
/** After this many missing answers in a row the server counts as gone: one may be lost on a bad link. */
const MISSING_LIMIT = 2;

export interface StatePollEvents {
  opened(): void;
  message(message: ServerMessage): void;
  ended(end: LinkEnd, reason: string): void;
}

export class StatePoll {
  private readonly closing = new AbortController();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isOpen = false;
  private missing = 0;
  private refused = 0;

  constructor(
    private readonly socketAddress: string,
    private readonly clock: Pick<ClockSync, 'addAnswer'>,
    private readonly events: StatePollEvents,
  ) {
    void this.ask();
  }

  stop(): void {
    this.closing.abort();
    if (this.timer) clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    const { signal } = this.closing;
    const t0 = clientNowUs();
    const answer = await askServer(stateAddress(this.socketAddress), ANSWER_LIMIT_MS, signal);
    if (signal.aborted) return;
    const delayMs = this.afterAnswer(answer, t0);
    this.timer = setTimeout(() => void this.ask(), delayMs);
  }

  /** Returns when to ask again. */
  private afterAnswer(answer: Awaited<ReturnType<typeof askServer>>, t0: number): number {
    if (answer.kind === 'camera') {
      this.missing = this.refused = 0;
      if (!this.isOpen) this.events.opened();
      this.isOpen = true;
      for (const message of answer.messages) {
        if (message.type === 'clock') this.clock.addAnswer(t0, message.t1, message.t2, clientNowUs());
        else if (!this.closing.signal.aborted) this.events.message(message);
      }
      return EVERY_MS;
    }
    if (answer.kind === 'refusal') {
      this.end(answer.end, answer.reason);
      return retryDelayMs(answer.end, Math.random(), this.refused++);
    }
    if (++this.missing >= MISSING_LIMIT || !this.isOpen) this.end('gone', '');
    return retryDelayMs('gone', Math.random());
  }

  private end(end: LinkEnd, reason: string): void {
    this.isOpen = false;
    this.events.ended(end, reason);
  }
}
