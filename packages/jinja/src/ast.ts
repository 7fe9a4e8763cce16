import type { Operator } from './operators.ts';
import type { Value } from './values.ts';

/** Arguments of a call as written: `f(1, *rest, name=2, **more)`. */
export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  readonly rest: Expression | undefined;
  readonly restNamed: Expression | undefined;
}

/** The comparison operators. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

/** A filter with its arguments; the value is absent at the head of a filter block. */
export interface FilterNode {
  readonly kind: 'filter';
  readonly value: Expression | undefined;
  readonly name: string;
  readonly args: CallArguments;
}

/** An expression of the language. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple' | 'concat'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'attribute'; readonly value: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly value: Expression; readonly key: Expression }
  | {
      readonly kind: 'slice';
      readonly value: Expression;
      readonly bounds: readonly (Expression | undefined)[];
    }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: CallArguments }
  | FilterNode
  | {
      readonly kind: 'test';
      readonly value: Expression;
      readonly name: string;
      readonly args: CallArguments;
    }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not' | 'negative' | 'positive'; readonly value: Expression }
  | {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly (readonly [Comparison, Expression])[];
    }
  | {
      readonly kind: 'choice';
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression | undefined;
    };

/** What an assignment sets: a name, an attribute of a namespace, or several of them. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'namespace'; readonly name: string; readonly attribute: string }
  | { readonly kind: 'tuple'; readonly items: readonly Target[] };

/** Parameters of a macro or call block. */
export interface Signature {
  readonly names: readonly string[];
  /** Defaults of the last parameters. */
  readonly defaults: readonly Expression[];
}

/** A statement of the language, with its line. */
export type Statement = { readonly line?: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression }
  | {
      readonly kind: 'if';
      readonly branches: readonly (readonly [Expression, readonly Statement[]])[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: 'for';
      readonly target: Target;
      readonly items: Expression;
      readonly test: Expression | undefined;
      readonly recursive: boolean;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: 'break' | 'continue' }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: 'capture';
      readonly target: Target;
      readonly filter: FilterNode | undefined;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'with';
      readonly targets: readonly Target[];
      readonly values: readonly Expression[];
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'macro';
      readonly name: string;
      readonly signature: Signature;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'call';
      readonly signature: Signature;
      readonly call: Expression & { kind: 'call' };
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'filtered'; readonly filter: FilterNode; readonly body: readonly Statement[] }
  | { readonly kind: 'generation'; readonly body: readonly Statement[] }
);
