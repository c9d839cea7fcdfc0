/** Where the roles are, and one of them. */
export const ROLES = '/settings/roles/:id?';

/** In the place of an id: one that is to be made, of the rights of the one that `like` in the query names. */
export const NEW = 'new';
