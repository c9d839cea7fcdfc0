export function start(milliseconds) {
  let timer;
  const elapsed = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return { timer, elapsed };
}

export function cancel({ timer }) {
  clearTimeout(timer);
}
