// Stands in front of the product and opens its collection objects to the bench, which nothing else does: what is posted to
// /COLLECTION/action/NAME reaches the collection's object as /action/NAME. /COLLECTION/size says how large its database is.

import Product, * as product from "./worker";

export const { Room, Inbox } = product;

export class Collection extends product.Collection {
  #sql;

  constructor(state, env) {
    super(state, env);
    this.#sql = state.storage.sql;
  }

  fetch(request) {
    if (new URL(request.url).pathname === "/size") return Response.json({ bytes: this.#sql.databaseSize });
    return super.fetch(request);
  }
}

export default class extends Product {
  fetch(request) {
    const { pathname } = new URL(request.url);
    const [, collection, path] = /^\/([a-z]+)(\/action\/\w+|\/size)$/.exec(pathname) ?? [];
    if (!path) return super.fetch(request);
    return this.env.COLLECTION.getByName(collection).fetch(new Request(`http://collection${path}`, request));
  }
}
