/** The words of Self-Instruct, ours; `{examples}`, `{next}`, `{last}` and `{instruction}` are filled. */
export const selfInstructPrompts = {
  instructions: `Here is the beginning of a list of tasks that people give to an assistant. They differ in what they are about, in form and in length.

{examples}

Go on with the list from number {next} to number {last}. Write one task a line, each with its number. No task repeats another one, and each can be done in writing alone. Do not do the tasks.`,
  classification_instructions: `Here is the beginning of a list of classification tasks: tasks whose answer is one of a few labels. Where it can, a task names its labels.

{examples}

Go on with the list from number {next} to number {last}. Write one task a line, each with its number and, where possible, the labels to choose from. Do not do the tasks.`,
  is_classification: `A classification task is one whose answer is always one of a small set of labels that is known beforehand.

Task: Say whether the review praises the film or not.
Is it classification? Yes

Task: Write a short poem about the first snow.
Is it classification? No

Task: Which of the four seasons does the sentence speak of?
Is it classification? Yes

Task: Shorten the paragraph to one sentence.
Is it classification? No

Task: Decide whether the second sentence follows from the first one. Answer with true, false or unknown.
Is it classification? Yes

Task: Name three things to check before a long walk in the mountains.
Is it classification? No

Task: {instruction}
Is it classification? Answer with Yes or No alone.`,
  input_first: `Give examples of a task: what it is done to, and the right answer. Where the task needs nothing to be done to, write the answer alone. Write at most {examples} examples, in this form.

Task: Turn the sentence into a question.
Example 1
Input: The train leaves at nine.
Output: Does the train leave at nine?
Example 2
Input: They have never seen the sea.
Output: Have they never seen the sea?

Task: Describe how to boil an egg.
Output: Bring water to a boil, lay the egg in with a spoon, wait seven minutes, and hold it under cold water.

Task: Put the words in the order of the alphabet.
Example 1
Input: pear, apple, quince
Output: apple, pear, quince

Task: {instruction}`,
  output_first: `Give examples of a classification task: for each label the label first, and then an input that it is right for. Write one example for each label, at most {examples}, in this form.

Task: Say whether the sentence is about weather or about food.
Class label: weather
Input: By noon the clouds had gone.
Class label: food
Input: The soup needs more salt.

Task: Does the second number divide the first? Answer yes or no.
Class label: yes
Input: 12, 4
Class label: no
Input: 10, 3

Task: {instruction}`,
};
