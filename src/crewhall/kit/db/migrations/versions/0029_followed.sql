-- What is followed of another source, for rooms that list projects. `id` is the place's id at its source.
create view followed_place as
select p.organisation_id, p.place_id, p.name, l.kind, l.source, coalesce(l.facts ->> 'id', l.external_id, l.id::text) as id
  from clickup_projects p join lists l on l.id = p.place_id;
