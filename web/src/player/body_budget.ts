// How many endless HTTP bodies a page has open at a server. Over HTTP/1.1 browsers open six connections to one, for all
// pages together: a page that takes them all can load nothing more, and no other page of the server opens.

const BODIES_LIMIT = 4;

export interface BodyPermit {
  release(): void;
}

export class BodyBudget {
  private taken = 0;

  constructor(private readonly limit: number = BODIES_LIMIT) {}

  /** A permit for one body; null if there are enough already. */
  take(): BodyPermit | null {
    if (this.taken >= this.limit) return null;
    this.taken++;
    let held = true;
    return {
      release: () => {
        if (held) this.taken--;
        held = false;
      },
    };
  }
}

const budgets = new Map<string, BodyBudget>();

/** The budget of this page at the server of `address`. */
export function budgetOf(address: URL): BodyBudget {
  const known = budgets.get(address.origin);
  if (known) return known;
  const budget = new BodyBudget(sharesOneConnection(address) ? Infinity : BODIES_LIMIT);
  budgets.set(address.origin, budget);
  return budget;
}

/** Whether all requests to the server share a connection, as in HTTP/2. Known for the page's own origin only. */
function sharesOneConnection(address: URL): boolean {
  if (address.origin !== location.origin) return false;
  const [entry] = performance.getEntriesByType?.('navigation') ?? [];
  return /^h[23]/.test((entry as PerformanceNavigationTiming | undefined)?.nextHopProtocol ?? '');
}
