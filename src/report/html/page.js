
(() => {
  "use strict";
  const filter = document.getElementById("filter");
  const input = filter.querySelector("input");
  const status = filter.querySelector("[role=status]");
  const links = [...document.querySelectorAll("nav a")];
  function choose() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const link of links) {
      const text = link.textContent.toLowerCase();
      const hide = !words.every((word) => text.includes(word));
      link.parentElement.hidden = hide;
      const scene = document.getElementById(link.hash.slice(1));
      if (scene) scene.hidden = hide;
      if (!hide) shown += 1;
    }
    status.textContent = words.length ? `${shown} of ${links.length}` : "";
  }
  function open() {
    const scene = /^#s\d+$/.test(location.hash) && document.querySelector(location.hash);
    if (scene) scene.querySelector("details").open = true;
  }
  filter.hidden = false;
  input.addEventListener("input", choose);
  addEventListener("hashchange", open);
  open();
})();
