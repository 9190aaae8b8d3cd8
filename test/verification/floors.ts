/** Where runs have got to, and how many have to: a search that never gets anywhere finds nothing. */

/** In how many runs something happened. */
export type Counts<Place extends string> = Partial<Record<Place, number>>;

export function addCounts<Place extends string>(total: Counts<Place>, more: Counts<Place>): void {
  for (const [place, count] of Object.entries(more) as [Place, number][])
    total[place] = (total[place] ?? 0) + count;
}

/** One sentence for each place that a smaller share of the runs got to than has to. */
export function belowFloors<Place extends string>(
  least: Readonly<Counts<Place>>,
  counts: Counts<Place>,
  runs: number,
  what: string,
): string[] {
  return (Object.entries(least) as [Place, number][]).flatMap(([place, wanted]) => {
    const share = (counts[place] ?? 0) / runs;
    if (share >= wanted) return [];
    const [percent, floor] = [share, wanted].map((part) => `${(part * 100).toFixed(1)} %`);
    return [`only ${percent} of the ${what} got to '${place}'; at least ${floor} should`];
  });
}
