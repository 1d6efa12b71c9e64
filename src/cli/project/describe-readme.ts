import type { Project, ProjectModel } from './project.ts'

/** The page of a new project: what is there, and what to do next. */
export function describeReadme({ packageName, model }: Project): string {
  return `# ${packageName}

A text classifier that is served by Changeover.

| file              | what it is                                                   |
| ----------------- | ------------------------------------------------------------ |
| \`service.ts\`      | the routes, and what they answer                             |
| \`service.test.ts\` | their tests, which need no server                            |
| \`changeover.yaml\` | the configuration: models and, if you want others, addresses |
| \`request.json\`    | a request to try                                             |

\`\`\`sh
npm install
npm test
npm run dev
\`\`\`

\`npm run dev\` serves every save at once, and shows what is wrong with its line. \`npm run types\` checks the types. In another terminal:

\`\`\`sh
npx changeover call /v1/classify request.json
\`\`\`

http://127.0.0.1:8086/-/docs shows all routes in a browser, and sends requests.

${model.file === undefined ? withoutModel(model) : withModel(model)}
\`npm start\` runs the same for callers: on port 8086, with a primary and a backup. \`npx changeover --help\` lists what else there is.
`
}

function withModel({ name }: ProjectModel): string {
  return `A newer model replaces this one while it serves: \`npx changeover deploy models/${name}_<unix time>.bin\`, with the time of its training in its name. \`npx changeover rollback\` goes back.
`
}

function withoutModel({ name, tokenizer }: ProjectModel): string {
  return `## The model

There is none yet, so the call answers 404: \`no version of the model ${name} is served\`. Train one with fastText on lines such as \`__label__name 您贵姓\`, cut into words as the server cuts them:

\`\`\`sh
mkdir -p models
npx changeover tokenize --tokenizer ${tokenizer} --input corpus.txt > cut.txt
fasttext supervised -input cut.txt -output models/${name}_$(date +%s)
npx changeover deploy models/${name}_*.bin
\`\`\`

If you have one already, name it \`${name}_<unix time>.bin\` and deploy it; set \`tokenizer\` in \`changeover.yaml\` to what it was trained with. Every newer one is deployed in the same way; \`npx changeover rollback\` goes back.
`
}
