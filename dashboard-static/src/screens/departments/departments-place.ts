/** Where the departments are, and one of them. */
export const DEPARTMENTS = '/settings/departments/:id?';

/** In the place of an id: one that is to be made. */
export const NEW = 'new';
