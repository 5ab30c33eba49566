/** Words that names and addresses are put together from; whoever comes out of them is nobody. */

export const families = [
  'Ackerfeld', 'Bramwood', 'Castellane', 'Dünewald', 'Esterházka', 'Fjeldmark', 'Grünthal', 'Hollowell', 'Iwasawa', 'Järvelin', "O'Farrow", 'Kestrelmann',
  'Løvstrand', 'Montefalco', 'Nwaforo', 'Oakenshaw', 'Peñalara', 'Quillingham', 'Rosenbergh', 'Świętochna', 'Thornquist', 'van der Weide', 'Whitlock-Hale', 'Zhangwei',
] as const;

export const given = {
  female: ['Ada', 'Beatriz', 'Chloé', 'Daphne', 'Elin', 'Freya', 'Grażyna', 'Hanako', 'Ines', 'Jolana', 'Kirsten', 'Leonor', 'Mireille', 'Ngozi', 'Saoirse', 'Zoë'],
  male: ['Anton', 'Björn', 'Casimir', 'Dário', 'Emil', 'Felipe', 'Gustav', 'Haruki', 'Ivo', 'Jürgen', 'Kwame', 'Lorenz', 'Matěj', 'Nils', 'Òscar', 'Tobias'],
} as const;

export const streets = ['Alder Row', 'Beacon Hill', 'Cedar Lane', 'Dockside', 'Elm Crescent', 'Foundry Street', 'Granary Wharf', 'Harbour Road'] as const;

export const cities = [
  { city: 'Northbridge', state: 'MA', postalCode: '01534' }, { city: 'Wellfleet', state: 'MA', postalCode: '02667' },
  { city: 'Ashburnham', state: 'MA', postalCode: '01430' }, { city: 'Marblehead', state: 'MA', postalCode: '01945' },
] as const;
