// The connection to `ws/mp4`: an init text and an init segment, then fragments; text and segment again at each change.

import { parseObject } from '../wire/message';
import { socketAddress } from '../wire/socket';
import type { PlayerHost } from './player';
import { SocketFeed } from './socket_feed';

export interface FeedInit {
  mime: string;
  width: number;
  height: number;
  /** The server's clock at media time 0 in microseconds; null if the server does not give it. */
  epochUs: number | null;
}

export interface FeedEvents {
  /** A configuration and its init segment. `first` on this connection: media time may start anywhere. */
  init(init: FeedInit, segment: ArrayBuffer, first: boolean): void;
  fragment(bytes: ArrayBuffer): void;
}

/** The connection to `ws/mp4` in the tree at `base`; with sound while `listens()`. */
export function mseFeed(
  base: URL,
  host: PlayerHost,
  mayRetry: () => boolean,
  listens: () => boolean,
  events: FeedEvents,
): SocketFeed {
  let pending: FeedInit | null = null;
  return new SocketFeed(() => socketAddress(listens() ? 'ws/mp4?audio=1' : 'ws/mp4', base), host, mayRetry, {
    text: (message) => (pending = parseFeedInit(message) ?? pending),
    binary: (bytes, first) => {
      const init = pending;
      pending = null;
      if (init) events.init(init, bytes, first);
      else if (!first) events.fragment(bytes);
    },
  });
}

/** Parses the init text of `ws/mp4`; null for other texts. */
export function parseFeedInit(text: string): FeedInit | null {
  const json = parseObject(text);
  if (json?.['type'] !== 'init' || typeof json['mime'] !== 'string') return null;
  const [width, height, epochUs] = [json['width'], json['height'], json['epoch']];
  return {
    mime: json['mime'],
    width: typeof width === 'number' ? width : 0,
    height: typeof height === 'number' ? height : 0,
    epochUs: typeof epochUs === 'number' ? epochUs : null,
  };
}

/** `avc1.42e01f` of `video/mp4; codecs="avc1.42e01f"`. */
export function codecOf(mime: string): string {
  return /codecs="?([^"]*)"?/.exec(mime)?.[1] ?? mime;
}
