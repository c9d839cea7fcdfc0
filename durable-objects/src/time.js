export function start(milliseconds) {
  let timer;
  const elapsed = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return { elapsed, cancel: () => clearTimeout(timer) };
}
