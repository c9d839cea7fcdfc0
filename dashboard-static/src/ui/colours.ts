/** The colours that there are to choose from: each can be told from its neighbours, and from the ground in light and in dark. */
export const COLOURS = ['#1c7ed6', '#6741d9', '#c2255c', '#d92d20', '#e8590c', '#b7791f', '#2f9e44', '#0c8599', '#687076'] as const;
