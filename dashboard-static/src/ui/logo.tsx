/** The product's mark, which is decoration, and its name. */
export function LogoMark() {
  return (
    <svg class="logo-mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 4h22a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H16l-7 6v-6H5a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3Z" />
      <path class="logo-stroke" d="m10 10 6 8 6-8" />
    </svg>
  );
}

export function Logo() {
  return (
    <p class="logo">
      <LogoMark />
      Voxora
    </p>
  );
}
