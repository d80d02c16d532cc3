// A new connection that races against the present one, whose frames come late.
//
//   open in time ─► buffer messages ─► one of them is ahead ─► hand all over; the new connection stays
//        └─ full         └─ behind

import { openLimitMs, overtakeLimitMs, type RaceEnd } from './lateness';
import { breakOff, closeSilently, unlisten } from './socket';

export type WireMessage = string | ArrayBuffer;

/** How much a racer buffers at most: more than the server keeps of a stream. */
const BUFFER_LIMIT_BYTES = 32 << 20;

export class Racer {
  private readonly buffered: WireMessage[] = [];
  private bytes = 0;
  private timer: ReturnType<typeof setTimeout>;

  /** `ended` is called once, unless `stop` is called first. If the racer is ahead, it gets the buffered messages. */
  constructor(
    readonly socket: WebSocket,
    fastestOpenMs: number,
    isAhead: (message: WireMessage) => boolean,
    private readonly ended: (end: RaceEnd, buffered: WireMessage[]) => void,
  ) {
    this.timer = setTimeout(() => this.end('full'), openLimitMs(fastestOpenMs));
    socket.onopen = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.end('behind'), overtakeLimitMs(fastestOpenMs));
    };
    socket.onclose = () => this.end('full');
    socket.onmessage = (event: MessageEvent<WireMessage>) => {
      this.buffered.push(event.data);
      this.bytes += typeof event.data === 'string' ? event.data.length : event.data.byteLength;
      if (isAhead(event.data)) this.end('ahead');
      else if (this.bytes > BUFFER_LIMIT_BYTES) this.end('behind');
    };
  }

  /** Closes the racer. */
  stop(): void {
    clearTimeout(this.timer);
    closeSilently(this.socket);
  }

  private end(end: RaceEnd): void {
    clearTimeout(this.timer);
    if (end === 'ahead') unlisten(this.socket);
    else if (end === 'full') breakOff(this.socket);
    else closeSilently(this.socket);
    this.ended(end, this.buffered);
  }
}
