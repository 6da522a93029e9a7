// MathJax from the folder beside the page. It draws outlines: no font has to be there.
window.MathJax = {
  jax: ["input/TeX", "output/SVG"],
  extensions: ["tex2jax.js"],
  TeX: { extensions: ["AMSmath.js", "AMSsymbols.js"] },
  tex2jax: {
    inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]], processEscapes: true,
    skipTags: ["script", "style", "pre", "code", "textarea", "figure"],
  },
  SVG: { font: "STIX-Web", blacker: 0, minScaleAdjust: 100, matchFontHeight: false, scale: 100,
         mtextFontInherit: false, linebreaks: { automatic: false } },
  showMathMenu: false, messageStyle: "none", skipStartupTypeset: true,
  errorSettings: { message: ["Math Processing Error"] },
};
