export { Confirm } from './dialog.tsx';
