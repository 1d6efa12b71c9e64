import type { Project, ProjectModel } from './project.ts'

/** The page of a new project: what is there, and what to do next. */
export function describeReadme({ packageName, model }: Project): string {
  return `# ${packageName}

A text classifier that is served by Changeover.

| file              | what it is                                                   |
| ----------------- | ------------------------------------------------------------ |
| \`service.ts\`      | the routes, and what they answer                             |
| \`service.test.ts\` | their tests, which need no server                            |
| \`changeover.yaml\` | the configuration: the models, and any other settings        |
| \`request.json\`    | a request to try                                             |

\`\`\`sh
npm install
npm test
npm run dev
\`\`\`

\`npm run dev\` serves each file as soon as you save it. If something is wrong, it shows the line. \`npm run types\` checks the types. In another terminal:

\`\`\`sh
npx changeover call /v1/classify request.json
\`\`\`

Open http://127.0.0.1:8086/-/docs in a browser to read all routes and to send requests.

${model.file === undefined ? withoutModel(model) : withModel(model)}
\`npm start\` serves callers on port 8086, with a primary and a backup. \`npx changeover --help\` lists all commands.
`
}

function withModel({ name }: ProjectModel): string {
  return `To replace the model while it serves, name the new file by the time of its training and deploy it: \`npx changeover deploy models/${name}_<unix time>.bin\`. \`npx changeover rollback\` goes back.
`
}

function withoutModel({ name, tokenizer }: ProjectModel): string {
  return `## The model

There is no model yet, so the answer is 404: \`no version of the model ${name} is served\`. Train one with fastText on lines such as \`__label__name 您贵姓\`, cut into words as the server cuts them:

\`\`\`sh
mkdir -p models
npx changeover tokenize --tokenizer ${tokenizer} --input corpus.txt > cut.txt
fasttext supervised -input cut.txt -output models/${name}_$(date +%s)
npx changeover deploy models/${name}_*.bin
\`\`\`

If you already have a model, set \`tokenizer\` in \`changeover.yaml\` to the one it was trained with, name the file \`${name}_<unix time>.bin\`, and deploy it. Deploy each newer model in the same way. \`npx changeover rollback\` goes back.
`
}
