/**
 * Where something that floats beside its button lies, for browsers that cannot anchor it themselves.
 */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Size {
  width: number;
  height: number;
}

const GAP = 4;
const MARGIN = 8;

/** Below the button and level with its beginning or its end; above it, or the other way, where there is more room. */
export function placement(source: Box, surface: Size, room: Size, { alignEnd = false, rightToLeft = false } = {}): { left: number; top: number } {
  const below = room.height - source.bottom;
  const goesBelow = surface.height + GAP + MARGIN <= below || source.top <= below;
  const top = goesBelow ? source.bottom + GAP : source.top - GAP - surface.height;
  const left = alignEnd === rightToLeft ? source.left : source.right - surface.width;
  return {
    left: Math.max(MARGIN, Math.min(left, room.width - surface.width - MARGIN)),
    top: Math.max(MARGIN, Math.min(top, room.height - surface.height - MARGIN)),
  };
}
