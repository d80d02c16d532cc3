// A fresh connection that races against the present one, whose frames come late.
//
//   open in time ─► messages are kept ─► one of them is ahead ─► all are handed over, and it stays
//        └─ full         └─ behind

import { answerLimitMs, overtakeLimitMs, type RaceEnd } from './lateness';
import { breakOff, closeSilently, unlisten } from './socket';

export type WireMessage = string | ArrayBuffer;

/** What a racer may keep: more than the server keeps of a stream. */
const KEPT_BYTES = 32 << 20;

export class Racer {
  private readonly kept: WireMessage[] = [];
  private bytes = 0;
  private timer: ReturnType<typeof setTimeout>;

  /** `ended` is called once, unless `stop` is; with what it has kept when it is ahead. */
  constructor(
    readonly socket: WebSocket,
    quickestMs: number,
    isAhead: (message: WireMessage) => boolean,
    private readonly ended: (end: RaceEnd, kept: WireMessage[]) => void,
  ) {
    this.timer = setTimeout(() => this.end('full'), answerLimitMs(quickestMs));
    socket.onopen = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.end('behind'), overtakeLimitMs(quickestMs));
    };
    socket.onclose = () => this.end('full');
    socket.onmessage = (event: MessageEvent<WireMessage>) => {
      this.kept.push(event.data);
      this.bytes += typeof event.data === 'string' ? event.data.length : event.data.byteLength;
      if (isAhead(event.data)) this.end('ahead');
      else if (this.bytes > KEPT_BYTES) this.end('behind');
    };
  }

  /** Gives it up. */
  stop(): void {
    clearTimeout(this.timer);
    closeSilently(this.socket);
  }

  private end(end: RaceEnd): void {
    clearTimeout(this.timer);
    if (end === 'ahead') unlisten(this.socket);
    else if (end === 'full') breakOff(this.socket);
    else closeSilently(this.socket);
    this.ended(end, this.kept);
  }
}
