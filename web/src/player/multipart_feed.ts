// The connection to `stream.mjpg`: an endless body of parts.

import { BodyFeed } from './body_feed';
import { boundaryOf, MultipartReader, type Part } from './multipart';
import type { PlayerHost } from './player';

/** The reason of a browser that gives no multipart body to fetch, as WebKit. */
export const NOT_MULTIPART = 'stream.mjpg is not a multipart stream';

export interface MultipartFeedEvents {
  /** `bytes` more bytes have arrived. */
  arrived(bytes: number): void;
  part(part: Part): void;
}

export class MultipartFeed extends BodyFeed {
  constructor(
    address: string,
    host: Pick<PlayerHost, 'failed' | 'refused'>,
    mayRetry: () => boolean,
    events: MultipartFeedEvents,
  ) {
    super(address, host, mayRetry, (response) => {
      const boundary = boundaryOf(response.headers.get('content-type') ?? '');
      if (!boundary || !response.body) return NOT_MULTIPART;
      const reader = new MultipartReader(boundary);
      return (bytes) => {
        events.arrived(bytes.byteLength);
        const parts = reader.push(bytes);
        for (const part of parts) events.part(part);
        return parts.length > 0;
      };
    });
  }
}
