// The sound beside a player that has none. It is there while it is wanted.

import { LiveSound } from './live_sound';

export class SoundBeside {
  private live: LiveSound | null = null;

  /** `base` is the address of the camera's tree. `failed` hears why there is no sound. */
  constructor(
    private readonly base: URL,
    private readonly failed: (reason: string) => void,
  ) {}

  /** How loud, from 0 to 1, or null for no sound; and whether it receives none for now. */
  update(volume: number | null, suspended: boolean): void {
    if (volume === null) return this.close();
    this.live ??= new LiveSound(this.base, (reason) => {
      this.close();
      this.failed(reason);
    });
    this.live.setVolume(volume);
    if (suspended) this.live.pause();
    else this.live.resume();
  }

  /** The loudest sample of the last tenth of a second, from 0 to 1; null while there is no sound beside the player. */
  get level(): number | null {
    return this.live?.report?.level ?? null;
  }

  close(): void {
    this.live?.close();
    this.live = null;
  }
}
