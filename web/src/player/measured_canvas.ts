// A canvas with the figures of what it shows: the surface of every player that does not use a <video>.
//
//   picture ──► CanvasPainter ──repaint──► Measure, host.pictureShown()

import { CanvasPainter, type Moments } from './canvas_painter';
import { Measure } from './measure';
import type { PlayerHost, PlayerStats } from './player';

export class MeasuredCanvas {
  readonly measure: Measure;
  readonly painter: CanvasPainter;

  /** `hold` says that a newer picture is about to come, so that the one that waits need not be drawn. */
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

  /** Playback stops or starts again: drops the picture that waits and the figures from before. */
  restart(): void {
    this.painter.clear();
    this.measure.restart();
  }

  /** What is known here of a player's figures. Nothing is buffered by design. */
  figures(): Pick<PlayerStats, 'latency' | 'fps' | 'bitRate' | 'replaced' | 'bufferedMs'> {
    return { ...this.measure.figures(performance.now()), replaced: this.painter.replaced, bufferedMs: null };
  }
}
