// Tables are sorted by a click on a head.
for (const button of document.querySelectorAll("th button")) button.onclick = () => {
  const head = button.parentNode, body = head.closest("table").tBodies[0], column = head.cellIndex;
  const down = head.ariaSort === "ascending";
  const value = row => row.cells[column].textContent.replaceAll(",", "");
  const number = row => parseFloat(value(row));
  const order = (a, b) => number(a) - number(b) || value(a).localeCompare(value(b), undefined, { numeric: true });
  for (const other of head.parentNode.cells) other.ariaSort = null;
  head.ariaSort = down ? "descending" : "ascending";
  body.append(...[...body.rows].sort((a, b) => down ? order(b, a) : order(a, b)));
};

// The gallery is filtered by the target, and by a cell of the matrix.
const gallery = document.querySelector(".gallery");
if (gallery) {
  const cards = [...gallery.children], choice = document.createElement("select"), label = document.createElement("label");
  const show = chosen => { for (const card of cards) card.hidden = !chosen(card); };
  choice.append(new Option("all", ""), ...[...new Set(cards.map(card => card.dataset.target))].sort().map(name => new Option(name, name)));
  choice.onchange = () => show(card => !choice.value || card.dataset.target === choice.value);
  label.append("target ", choice);
  if (choice.length > 2) gallery.before(label);
  for (const cell of document.querySelectorAll(".matrix a")) cell.onclick = () => {
    choice.value = "";
    show(card => card.dataset.target === cell.dataset.target && card.dataset.prediction === cell.dataset.prediction);
  };
}

// Plots that answer to the mouse take the place of those that are drawn.
if (window.vegaEmbed) for (const plot of document.querySelectorAll(".plot")) {
  const spec = JSON.parse(plot.querySelector("script").textContent);
  window.vegaEmbed(plot.querySelector("div"), spec, { actions: false, renderer: "svg" });
}
