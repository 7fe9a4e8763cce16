import type { RunEvent, Score } from '@tunesmith/schema';

/** One metric of one task, or of a cluster of tasks, measured before and after training. */
export interface TaskScore {
  task: string;
  /** The family of tasks it belongs to. */
  cluster?: string;
  /** Whether this is a whole cluster, its tasks taken together, and not one task. */
  together?: boolean;
  /** Whether nothing of its cluster was trained on: what it shows is transfer. */
  unseen?: boolean;
  metric: string;
  /** Whether this metric says most about the task; the others are folded away. */
  primary?: boolean;
  /** Smallest and largest value of the metric; absent where it has no bounds, as loss. */
  range?: readonly [number, number];
  higherIsBetter: boolean;
  /** What guessing gives, where that is known. */
  chance?: number;
  before?: Score;
  after?: Score;
  /** After minus before, paired by instance, with its interval. */
  difference?: Score;
  /** `better` and `worse` where the interval of the difference excludes zero. */
  verdict?: 'better' | 'worse' | 'unclear';
}

/** A prompt, the expected answer, and what the model wrote before and after training. */
export interface ReportExample {
  task?: string;
  prompt: string;
  expected?: string;
  before?: string;
  after?: string;
}

/** What happened to the data on its way: rows in, rows out, and why. */
export interface ReportedData {
  steps: readonly {
    readonly name: string;
    readonly rowsIn: number;
    readonly rowsOut: number;
    readonly dropped: readonly {
      readonly reason: string;
      readonly count: number;
      readonly examples: readonly string[];
    }[];
    readonly noted?: readonly {
      readonly reason: string;
      readonly count: number;
      readonly examples: readonly string[];
    }[];
  }[];
  /** Training rows that were trained on although they are held out too. */
  overlap?: { readonly kept: number };
  /** Records of each split. */
  splits?: Readonly<Record<string, number>>;
  /** How training records became rows of tokens. */
  training?: {
    readonly examples: number;
    readonly tokens: number;
    readonly supervisedTokens: number;
    readonly rows: number;
    readonly tokensPerRow: number;
    readonly fill: number;
  };
}

/** Everything a report shows. All but the title may be missing: its section is then left out. */
export interface ReportData {
  title: string;
  /** Facts under the title, in order: `['Model', 'nano']`. */
  facts?: readonly (readonly [string, string])[];
  /** The run's events, in order. */
  events?: readonly RunEvent[];
  scores?: readonly TaskScore[];
  examples?: readonly ReportExample[];
  data?: ReportedData;
  /** The resolved recipe, as YAML. */
  recipe?: string;
}
