import type { RunEvent, Score } from '@tunesmith/schema';

/** One metric of one task, or of a cluster of tasks, on both sides of a report: before and after, or of two runs. */
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
  /** What a uniform guess among the choices gives, where there are some. */
  chance?: number;
  before?: Score;
  after?: Score;
  /** After minus before, paired by instance, with its interval. */
  difference?: Score;
  /**
   * What the interval of the difference says: `better` and `worse` where it excludes zero, `unclear` where it does not,
   * `too-few` where there are too few instances for one.
   */
  verdict?: 'better' | 'worse' | 'unclear' | 'too-few';
}

/** An answer, with the score of its task's main measure and whether that is as good as can be. */
export interface ReportAnswer {
  text: string;
  score?: number;
  right?: boolean;
}

/** A prompt, the expected answer, and what was answered on both sides. */
export interface ReportExample {
  task?: string;
  prompt: string;
  expected?: string;
  before?: ReportAnswer;
  after?: ReportAnswer;
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

/** What one run did. */
export interface ReportedRun {
  /** How it is told from the other; absent where there is one run. */
  name?: string;
  /** Its events, in order. */
  events?: readonly RunEvent[];
  data?: ReportedData;
  /** Its resolved recipe, as YAML. */
  recipe?: string;
}

/** One job of a staged run. */
export interface ReportedStage {
  name: string;
  /** What it did: train, evaluate, merge. */
  job: string;
  /** What the stage's own report shows; absent where the stage was not come to. */
  report?: ReportData;
}

/** Everything a report shows. All but the title may be missing: its section is then left out. */
export interface ReportData {
  title: string;
  /** Facts under the title, in order, with a value for each run: `['Model', 'nano']`. */
  facts?: readonly (readonly [name: string, ...values: string[]])[];
  /** One run, or two side by side. */
  runs?: readonly ReportedRun[];
  /** What the two sides of scores and examples are called; `before` and `after` by default. */
  sides?: readonly [string, string];
  scores?: readonly TaskScore[];
  examples?: readonly ReportExample[];
  /** The stages of a staged run, in order, each with what its own report shows. */
  stages?: readonly ReportedStage[];
  /** Something a reader must know of the scores, such as why there are no differences. */
  remark?: string;
}
