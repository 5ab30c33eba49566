/** Long work in slices, and much work at once. ARCHITECTURE.md "Rooms". */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { concurrently } from '../../src/db/slices.ts';

describe('concurrently', () => {
  it('runs all, begun in their order, never more at once than allowed', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    await concurrently(Array.from({ length: 20 }, (_, n) => n), 4, async (n) => {
      begun.push(n);
      most = Math.max(most, ++running);
      await sleep(n % 3);
      running--;
    });
    expect([begun, most, running]).toEqual([Array.from({ length: 20 }, (_, n) => n), 4, 0]);
  });

  it('begins no other where one fails, and throws that', async () => {
    const begun: number[] = [];
    await expect(concurrently([0, 1, 2, 3, 4, 5], 2, async (n) => {
      begun.push(n);
      await sleep(1);
      if (n === 1) throw new Error('of 1');
    })).rejects.toThrow('of 1');
    await sleep(5);
    expect(begun.every((n) => n <= 2)).toBe(true);
  });
});
