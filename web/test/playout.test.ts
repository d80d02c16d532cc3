// Packets of sound at an even pace: as little late as their jitter allows, and nothing audible while it adapts.
import { describe, expect, it } from 'vitest';
import { Playout, RATE } from '../src/player/audio/playout';

const PACKET = RATE / 50;
const QUANTUM = 128;

/** Packets of a tone of 1 kHz whose arrivals are late by `delay(n)` ms, played for some seconds. */
function play({ seconds = 10, delay = (_n: number) => 0, ppm = 0, burst = 0 }) {
  const playout = new Playout(1);
  const heard: number[] = [];
  const waiting: number[] = [];
  let pushed = 0;
  const push = () => {
    const tone = new Float32Array(PACKET);
    for (let i = 0; i < PACKET; i++) tone[i] = Math.sin(((pushed * PACKET + i) / RATE) * 1000 * 2 * Math.PI);
    playout.push([tone]);
    pushed++;
  };
  for (let i = 0; i < burst; i++) push();
  for (let at = 0; at < seconds * RATE; at += QUANTUM) {
    const ms = (at / RATE) * 1000 * (1 + ppm / 1e6);
    while ((pushed - burst + 1) * 20 + delay(pushed) <= ms) push();
    const out = new Float32Array(QUANTUM);
    playout.pull([out]);
    heard.push(...out);
    waiting.push(playout.waiting);
  }
  let step = 0;
  for (let i = 5 * RATE; i < heard.length; i++)
    step = Math.max(step, Math.abs((heard[i] ?? 0) - (heard[i - 1] ?? 0)));
  const late = Math.max(...waiting.slice(-Math.round((2 * RATE) / QUANTUM)));
  return { gaps: playout.gaps, step, lateMs: (late / RATE) * 1000 };
}

/** Largest step of the tone from sample to sample. */
const TONE_STEP = 2 * Math.sin((Math.PI * 1000) / RATE);

describe('sound', () => {
  it.each([
    ['without jitter', {}, 0, 45],
    ['with 8 ms of jitter', { delay: (n: number) => (n * 7) % 9 }, 0, 50],
    ['from a clock that is 300 ppm fast', { seconds: 30, ppm: 300 }, 0, 50],
    ['from a clock that is 300 ppm slow', { seconds: 30, ppm: -300 }, 2, 60],
    ['with a second of it at the beginning', { burst: 40 }, 0, 60],
    ['in a burst of 80 ms at the beginning', { burst: 4, seconds: 20 }, 0, 50],
  ])('%s', (_name, how, gaps, lateMs) => {
    const heard = play(how);
    expect(heard.gaps).toBeLessThanOrEqual(gaps);
    expect(heard.lateMs).toBeLessThanOrEqual(lateMs);
    if (gaps === 0) expect(heard.step).toBeLessThanOrEqual(TONE_STEP * 1.02);
  });

  it('waits for more when it has run dry, and not for ever', () => {
    const once = play({ delay: (n) => (n === 100 ? 60 : 0), seconds: 8 });
    expect(once.gaps).toBeGreaterThan(0);
    expect(once.gaps).toBeLessThanOrEqual(2);
    expect(once.lateMs).toBeLessThanOrEqual(80);
  });
});
