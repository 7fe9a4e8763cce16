import type { ClozeTask } from '../task.ts';

/** News by topic: AG's News, four classes. */
export const agNews: ClozeTask = {
  name: 'ag-news',
  description: 'The topic of a piece of news, from its headline and its body.',
  fields: ['headline', 'body'],
  words: { World: 'World', Sports: 'Sports', Business: 'Business', Tech: 'Tech' },
  patterns: [
    { name: 'colon', text: '{mask}: {headline} {body}' },
    { name: 'news', text: '{mask} News: {headline} {body}' },
    { name: 'between', text: '{headline} ({mask}) {body}' },
    { name: 'at-end', text: '{headline} {body} ({mask})' },
    { name: 'category', text: '[ Category: {mask} ] {headline} {body}' },
    { name: 'dash', text: '{mask} - {headline} {body}' },
  ],
};

/** Questions by topic: Yahoo Answers, ten classes. */
export const yahooAnswers: ClozeTask = {
  name: 'yahoo-answers',
  description: 'The topic of a question, from the question and its answer.',
  fields: ['question', 'answer'],
  words: {
    'Society & Culture': 'Society',
    'Science & Mathematics': 'Science',
    Health: 'Health',
    'Education & Reference': 'Education',
    'Computers & Internet': 'Computer',
    Sports: 'Sports',
    'Business & Finance': 'Business',
    'Entertainment & Music': 'Entertainment',
    'Family & Relationships': 'Relationship',
    'Politics & Government': 'Politics',
  },
  patterns: [
    { name: 'colon', text: '{mask}: {question} {answer}' },
    { name: 'question', text: '{mask} Question: {question} {answer}' },
    { name: 'between', text: '{question} ({mask}) {answer}' },
    { name: 'at-end', text: '{question} {answer} ({mask})' },
    { name: 'category', text: '[ Category: {mask} ] {question} {answer}' },
    { name: 'dash', text: '{mask} - {question} {answer}' },
  ],
};

const yelpPatterns: ClozeTask['patterns'] = [
  { name: 'it-was', text: 'It was {mask}. {review}' },
  { name: 'all-in-all', text: '{review}. All in all, it was {mask}.' },
  { name: 'just', text: 'Just {mask}! {review}' },
  { name: 'in-summary', text: '{review} In summary, the restaurant is {mask}.' },
];

/** Reviews by stars: Yelp, five classes. */
export const yelpFull: ClozeTask = {
  name: 'yelp-full',
  description: 'The stars of a review, from 1 to 5.',
  fields: ['review'],
  words: { '1': 'terrible', '2': 'bad', '3': 'okay', '4': 'good', '5': 'great' },
  patterns: yelpPatterns,
};

/** Reviews by polarity: Yelp, two classes. */
export const yelpPolarity: ClozeTask = {
  name: 'yelp-polarity',
  description: 'Whether a review praises or complains.',
  fields: ['review'],
  words: { negative: 'bad', positive: 'good' },
  patterns: yelpPatterns,
};
