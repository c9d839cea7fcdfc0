/** The team's departments: those into which conversations can be moved, and those that are archived. */
import type { CreateDepartment, Department, UpdateDepartment } from '@wire';
import type { Ask } from './api.ts';
import { Catalogue } from './catalogue.ts';

export type Departments = Catalogue<Department, CreateDepartment, UpdateDepartment>;

export function departmentsOf(ask: Ask): Departments {
  return new Catalogue<Department, CreateDepartment, UpdateDepartment>({
    list: (archived, cursor) => ask('GET /api/v1/departments', { query: { archived, cursor } }),
    one: (id) => ask('GET /api/v1/departments/{id}', { path: { id } }),
    create: (body, key) => ask('POST /api/v1/departments', { body, key }),
    change: (id, body, version) => ask('PATCH /api/v1/departments/{id}', { path: { id }, body, version }),
    remove: (id, version) => ask('DELETE /api/v1/departments/{id}', { path: { id }, version }),
  });
}
