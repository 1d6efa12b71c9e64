import type { RouteSummary } from '../../contracts/index.ts'
import { escapeHtml } from '../../contracts/index.ts'

/** Plain DOM code, run by browsers as it is. What models answer is put in as text, never as HTML. */
export const tryScript = `
  const form = document.getElementById('try'), result = document.getElementById('result'), shell = document.getElementById('shell')
  const url = () => new URL('v1/models/' + form.elements.model.value + ':predict', location.href).href
  const body = (parameters) => JSON.stringify({ instances: [form.elements.text.value], ...parameters })
  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text })
  const rows = ({ labels, probabilities }) => labels.map((label, i) => {
    const row = document.createElement('tr')
    row.append(element('td', label), element('td', (100 * probabilities[i]).toFixed(1) + ' %'))
    return row
  })
  const show = () => { shell.textContent = 'curl ' + url() + " -d '" + body().replaceAll("'", "'\\\\''") + "'" }
  form.addEventListener('input', show)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      const response = await fetch(url(), { method: 'POST', body: body({ parameters: { k: 5 } }) })
      const answer = await response.json()
      if (!response.ok) throw new Error(answer.error ?? answer.detail)
      const [prediction] = answer.predictions
      const table = document.createElement('table')
      table.append(...rows(prediction))
      const version = element('p', prediction.labels.length === 0 ? 'no label: the model knows nothing of this text' : response.headers.get('x-model-version'))
      result.replaceChildren(table, version)
    } catch (error) {
      result.replaceChildren(element('p', error.message))
    }
  })
  show()`

/** A form that asks a model about a text, if models are served and the service has no route in the place of the one that it uses. */
export function renderTryForm(models: readonly string[], routes: readonly RouteSummary[]): string {
  const isThere = routes.some(
    ({ method, path, isBuiltIn }) =>
      isBuiltIn === true && method === 'POST' && path.startsWith('/v1/models/:model('),
  )
  if (!isThere || models.length === 0) return ''
  const options = models.map((model) => `<option>${escapeHtml(model)}</option>`)
  return `<h2>Try a text</h2>
<form id="try">
<label>Model <select name="model">${options.join('')}</select></label>
<label>Text <textarea name="text" rows="2" required>你好</textarea></label>
<button>Predict</button>
</form>
<div id="result" role="status"></div>
<p>The same from a shell:</p>
<pre id="shell"></pre>
<script type="module">${tryScript}</script>
`
}
