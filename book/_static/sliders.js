// A slider of a page without Python: the build has drawn every frame, the slider shows one of them.
document.querySelectorAll(".frames").forEach((box) => {
  const frames = JSON.parse(box.querySelector("script").textContent);
  const image = box.querySelector("img");
  const controls = [...box.querySelectorAll("input")];
  const show = (moved) => {
    let key = controls.map((control) => control.value).join(" ");
    if (!(key in frames)) { // only one control at a time leaves its start
      for (const other of controls) if (other !== moved) other.value = other.dataset.start;
      key = controls.map((control) => control.value).join(" ");
    }
    for (const control of controls) {
      const said = JSON.parse(control.dataset.values)[control.value];
      control.nextElementSibling.textContent = said;
      control.setAttribute("aria-valuetext", said);
    }
    [image.src, image.alt] = [image.dataset.folder + frames[key][0], frames[key][1]];
  };
  controls.forEach((control) => control.addEventListener("input", () => show(control)));
});
