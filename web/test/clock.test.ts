// The clock offset and its error: the best answer is kept, and its error grows with age.
import { describe, expect, it } from 'vitest';
import { ClockSync } from '../src/wire/clock';

describe('the clock', () => {
  it('has no offset before the first answer', () => {
    const clock = new ClockSync();
    expect(clock.offsetAt(0)).toBeNull();
    expect(clock.serverNowUs(5)).toBeNull();
  });

  it.each([
    // t0, t1, t2, t3, offset, error without the clock's own resolution
    ['equal delays', 1000, 51_000, 51_200, 3200, 49_000, 1000],
    ['all delay on the way to the server', 0, 3000, 3000, 3000, 1500, 1500],
    ['a server behind us', 10_000, 6000, 6000, 12_000, -5000, 1000],
  ])('%s', (_name, t0, t1, t2, t3, offsetUs, errorUs) => {
    const clock = new ClockSync();
    clock.addAnswer(t0, t1, t2, t3);
    expect(clock.offsetAt(t3)).toEqual({ offsetUs, errorUs: errorUs + 100 });
    expect(clock.serverNowUs(t3)).toBe(t3 + offsetUs);
  });

  it('keeps the answer with the smallest error', () => {
    const clock = new ClockSync();
    clock.addAnswer(0, 101_000, 101_000, 2000); // exactly 100 ms ahead, 1 ms of error
    clock.addAnswer(10_000, 118_000, 118_000, 20_000); // a slow answer
    expect(clock.offsetAt(20_000)?.offsetUs).toBe(100_000);
    clock.addAnswer(30_000, 130_300, 130_300, 30_400); // a quicker one
    expect(clock.offsetAt(30_400)?.offsetUs).toBe(100_100);
  });

  it('prefers a new answer once the error of the old one has grown', () => {
    const clock = new ClockSync();
    clock.addAnswer(0, 100_050, 100_050, 100);
    const later = 60_000_000;
    expect(clock.offsetAt(later)?.errorUs).toBeGreaterThan(3000);
    clock.addAnswer(later, later + 100_500, later + 100_500, later + 2000);
    expect(clock.offsetAt(later + 2000)?.offsetUs).toBe(99_500);
  });

  it('ignores impossible answers', () => {
    const clock = new ClockSync();
    clock.addAnswer(1000, 5000, 5000, 900); // back before sent
    clock.addAnswer(0, 5000, 4000, 100); // answered before received
    clock.addAnswer(0, 5000, 9000, 100); // on the server for longer than it was away
    expect(clock.offsetAt(0)).toBeNull();
  });

  it('has no offset after a reset', () => {
    const clock = new ClockSync();
    clock.addAnswer(0, 1, 1, 2);
    clock.reset();
    expect(clock.offsetAt(2)).toBeNull();
  });
});
