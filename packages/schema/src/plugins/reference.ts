/** The paper, book or page that a method or metric follows. */
export interface Reference {
  title: string;
  authors: string;
  year: number;
  url: string;
}
