// What only the browser can do: keep the focus and the scroll where they were, send files, set formulas.
"use strict";
(() => {
  let key = "";  // of the last control that had the focus
  let atEnd = true;

  const log = () => document.querySelector(".log");
  const down = () => { if (log()) log().scrollTop = log().scrollHeight; };

  function typeset(root) {
    for (const each of root.querySelectorAll("[data-latex]")) {
      if (each.dataset.set === each.dataset.latex) continue;
      each.dataset.set = each.dataset.latex;
      try {
        katex.render(each.dataset.latex, each, { displayMode: true, trust: false, strict: false, maxExpand: 1000 });
      } catch {
        each.textContent = each.dataset.latex;  // as it is: better than nothing
      }
    }
  }

  function send(files) {
    const page = document.querySelector("[data-upload]").dataset.upload;
    for (const file of files) {
      fetch(`/upload/${page}?name=${encodeURIComponent(file.name)}`, { method: "PUT", body: file }).catch(() => {});
    }
  }

  window.optwright = {
    // The open tab was drawn anew: the focus goes back to where it was.
    drawn() {
      requestAnimationFrame(() => {
        typeset(document);
        if (key && document.activeElement === document.body) {
          document.querySelector(`[role=tabpanel]:not([hidden]) [data-key="${CSS.escape(key)}"]:not(:disabled)`)?.focus();
        }
      });
    },
    said(text) {
      const words = document.getElementById("words");
      if (words.value === text) words.value = ""; // else the next message is being written already
      atEnd = true;
      down();
    },
    begin(text) {
      const words = document.getElementById("words");
      optwright.show("talk");
      words.value = text;
      words.focus();
    },
    show(side) {
      document.body.dataset.side = side;
      for (const each of document.querySelectorAll("button[data-side]")) {
        each.setAttribute("aria-pressed", String(each.dataset.side === side));
      }
      if (side === "talk") down();
    },
  };

  document.addEventListener("focusin", (e) => { key = e.target.dataset?.key ?? ""; });
  document.addEventListener("change", (e) => {
    if (e.target.id !== "files") return;
    send(e.target.files);
    e.target.value = "";
  });
  document.addEventListener("scroll", (e) => {
    if (e.target === log()) atEnd = log().scrollHeight - log().scrollTop - log().clientHeight < 60;
  }, true);

  // Files may be dropped anywhere on the page.
  const carries = (e) => e.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) document.body.classList.remove("dropping"); });
  document.addEventListener("drop", (e) => {
    document.body.classList.remove("dropping");
    if (!carries(e) || !document.querySelector("[data-upload]")) return;
    e.preventDefault();
    send(e.dataTransfer.files);
  });

  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      const open = document.querySelector("details.menu[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
    }
    const tab = e.target.closest?.("[role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(e.key)) return;
    e.preventDefault();
    const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
    const at = tabs.indexOf(tab);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[e.key];
    const next = tabs[(to + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
  document.addEventListener("click", (e) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(e.target)) menu.open = false;
    }
  });

  new MutationObserver(() => { if (atEnd) down(); }).observe(document.body, { childList: true, subtree: true });
})();
