// A canvas that measures what it shows: the surface of every player without a <video>.
//
//   picture ──► CanvasPainter ──repaint──► Measure, host.pictureShown()

import { CanvasPainter, type Moments } from './canvas_painter';
import { Measure } from './measure';
import type { PlayerHost, PlayerStats } from './player';

export class MeasuredCanvas {
  readonly measure: Measure;
  readonly painter: CanvasPainter;

  /** While `hold()` is true the newest picture waits for the next one. */
  constructor(host: PlayerHost, hold: () => boolean = () => false) {
    this.measure = new Measure(host.clock);
    this.painter = new CanvasPainter(hold, (moments: Moments | null, nowMs) => {
      this.measure.painted(nowMs, moments);
      host.pictureShown();
    });
  }

  get surface(): HTMLCanvasElement {
    return this.painter.surface;
  }

  /** Playback stops or starts again: drops the picture that waits, latency and bit rate. */
  restart(): void {
    this.painter.clear();
    this.measure.restart();
  }

  /** The part of a player's figures that the canvas knows. It buffers nothing. */
  figures(): Pick<PlayerStats, 'latency' | 'fps' | 'bitRate' | 'replaced' | 'bufferedMs'> {
    return { ...this.measure.figures(performance.now()), replaced: this.painter.replaced, bufferedMs: null };
  }
}
